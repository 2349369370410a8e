@echo off
rem Starts @PROGRAM@ with the Node of this package.
setlocal DisableDelayedExpansion
set "ORACLE_COMPUTE_LAUNCHER=%~f0"
rem These are for other programs. The commands that this one runs get them back.
if defined NODE_OPTIONS set "ORACLE_COMPUTE_NODE_OPTIONS=%NODE_OPTIONS%"
set "NODE_OPTIONS="
"%~dp0..\lib\oracle-compute\node.exe" "%~dp0..\lib\oracle-compute\dist\bin\@PROGRAM@.js" %*
exit /b %ERRORLEVEL%
