import { hostsOf, type Task } from '../hosts.js';

// One process of several hosts, which do what ../main.ts says.

let pass: ReturnType<typeof hostsOf> | undefined;

process.on('message', async (task: Task) => {
  if (task.open) pass = hostsOf(task);
  if (task.pass) process.send?.(await pass?.(task.pass));
});
