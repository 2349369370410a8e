// Runs inside Wine: starts programs as its caller, a test on Linux, says in JSON lines over a connection. A Unix process
// cannot do that itself: the descriptors that it gives to a program in Wine are none there, and its PATH is another.
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

const connection = connect(Number(process.argv[2]), '127.0.0.1');
const children = new Map();
const tell = (message) => connection.write(`${JSON.stringify(message)}\n`);

function start({ id, command, args, env, cwd, input, isRaw }) {
  const options = { env, cwd, windowsVerbatimArguments: isRaw };
  const child = spawn(command, args, options);
  children.set(id, child);
  child.stdout.setEncoding('utf8').on('data', (text) => tell({ id, stdout: text }));
  child.stderr.setEncoding('utf8').on('data', (text) => tell({ id, stderr: text }));
  child.once('error', (error) => tell({ id, error: error.message }));
  child.once('close', (status) => {
    children.delete(id);
    tell({ id, status });
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
}

createInterface({ input: connection }).on('line', (line) => {
  const message = JSON.parse(line);
  if (message.kill === undefined) start(message);
  else children.get(message.kill)?.kill();
});
connection.on('close', () => process.exit());
tell({ env: process.env });
