/** What we use of tough-cookie: a file of its own, so that a bundle leaves the rest out. */
export { Cookie, version } from 'tough-cookie';
