const { Intl: intl } = globalThis;

/** A package makes two of these when it is loaded, for messages that nobody sees; making one takes longer than a login. */
export class LateListFormat {
  constructor(...settings) {
    this.settings = settings;
  }

  format(list) {
    return new intl.ListFormat(...this.settings).format(list);
  }
}
