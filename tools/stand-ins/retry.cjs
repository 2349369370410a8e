const { leftOut } = require('./left-out.mjs');

// The lock library tries again with it, if it is told to. This program waits in a way of its own (lib/files/lock.ts).
exports.operation = ({ retries } = {}) => {
  if (retries) leftOut('another attempt');
  let error = null;
  return {
    attempt: (work) => work(1),
    retry: (failure) => {
      if (failure) error = failure;
      return false;
    },
    mainError: () => error,
  };
};
