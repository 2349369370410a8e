export { SecurityTokenSigner } from './signer.js';
