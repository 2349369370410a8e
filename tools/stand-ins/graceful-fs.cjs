// It queues calls when thousands of files are open. A command opens a handful.
module.exports = require('node:fs');
