// The lock library removes its locks when the process ends. Signals are this program's own business (cli/signals.ts);
// of a process that was killed, whoever waits for its lock finds out (lib/files/lock-holder.ts).
module.exports = (onExit) => {
  process.once('exit', onExit);
};
