import { leftOut } from './left-out.mjs';

/** got asks this of every body. The bodies of this program are text, bytes and streams. */
export function isFormData() {
  return false;
}

export class FormDataEncoder {
  constructor() {
    leftOut('form data');
  }
}
