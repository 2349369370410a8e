import { leftOut } from './left-out.mjs';

// got asks for the agent of every request, and for `auto` where HTTP/2 is switched on, which it never is here.
export default {
  globalAgent: undefined,
  auto: () => leftOut('HTTP/2'),
};
