#!/bin/sh
# Starts @PROGRAM@ with the Node of this package: finds itself through links, and needs nothing of the machine but sh.
case $0 in
  /*) called=$0 ;;
  ./*) called=$PWD/${0#./} ;;
  *) called=$PWD/$0 ;;
esac
self=$called
while [ -h "$self" ]; do
  target=$(readlink "$self")
  case $target in
    /*) self=$target ;;
    *) self=${self%/*}/$target ;;
  esac
done
folder=${self%/*}
root=${folder%/*}/lib/oracle-compute
# If the path has dots or the folder is a link, the parent is elsewhere: another process finds it.
case $folder/ in
  *//* | */./* | */../*) false ;;
  *) ! [ -h "$folder" ] ;;
esac || root=$(CDPATH= cd -P "$folder/../lib/oracle-compute" && pwd -P) || exit 126
# Without its loader Node cannot start, and no shell says so in words that help.
if ! [ -e @LOADER@ ]; then
  echo "@PROGRAM@: this is the package for @PLATFORM@, and this machine is $(uname -sm): install the package for it" >&2
  exit 126
fi
export ORACLE_COMPUTE_LAUNCHER="$called"
# These are for other programs. The commands that this one runs get them back.
if [ -n "${NODE_OPTIONS+set}" ]; then
  export ORACLE_COMPUTE_NODE_OPTIONS="$NODE_OPTIONS"
  unset NODE_OPTIONS
fi
exec "$root/node" "$root/dist/bin/@PROGRAM@.js" "$@"
