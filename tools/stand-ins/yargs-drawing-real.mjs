export { default as cliui } from 'cliui';
export { default as stringWidth } from 'string-width';
