import { type EnvironmentOptions, environmentFrom } from '../../environment.js';
import { OracleComputeError } from '../../errors.js';
import { isObject } from '../../text.js';
import type { RequestSigner } from '../credentials/signer.js';
import { callService, type ServiceAnswer, unreadable } from './call-service.js';
import { findRegion, regionHosts } from './regions.js';

/** A region as the identity service lists it. */
export interface ListedRegion {
  /** The short key in upper case, `IAD`. */
  readonly key: string;
  /** The identifier, `us-ashburn-1`. */
  readonly name: string;
}

/** A region that a tenancy uses. */
export interface RegionSubscription {
  /** The short key in upper case, `IAD`. */
  readonly regionKey: string;
  /** The identifier, `us-ashburn-1`. */
  readonly regionName: string;
  /** `READY`, `IN_PROGRESS`, or a word that is yet to come. */
  readonly status: string;
  /** True for exactly one region of a tenancy. */
  readonly isHomeRegion: boolean;
}

export interface IdentityClientConfig {
  /** The region's identifier or short key. */
  readonly region?: string;
  /** The origin to use instead of the region's own. */
  readonly endpoint?: string;
}

/** The calls to OCI's identity service that prove a session. Follows Oracle's Identity API, version 20160918. */
export class IdentityClient {
  /**
   * @param config the region to ask; any region answers both calls
   * @param signer a SecurityTokenSigner, or another one
   * @param options environment of the caller's choice, and `source`: what errors call the credentials
   */
  constructor(
    private readonly config: IdentityClientConfig,
    private readonly signer: RequestSigner,
    private readonly options: EnvironmentOptions & { readonly source?: string } = {},
  ) {}

  /**
   * All regions of the realm.
   *
   * @throws OracleComputeError TOKEN_REFUSED, REQUEST_REFUSED, TOO_MANY_REQUESTS, SERVICE_FAILED, ANSWER_UNREADABLE,
   *   REGION_MALFORMED, MISSING_VALUE, and what the HTTP client throws
   */
  async listRegions(): Promise<ListedRegion[]> {
    return this.list('/20160918/regions', (item) => {
      const { key, name } = item;
      return isName(key) && isName(name) ? { key, name } : undefined;
    });
  }

  /**
   * The regions that a tenancy uses.
   *
   * @param tenancy the tenancy's OCID; another one than the caller's does not exist for the service (404)
   * @throws as `listRegions`
   */
  async listRegionSubscriptions(tenancy: string): Promise<RegionSubscription[]> {
    const path = `/20160918/tenancies/${encodeURIComponent(tenancy)}/regionSubscriptions`;
    return this.list(path, ({ regionKey, regionName, status, isHomeRegion }) => {
      const texts = isName(regionKey) && isName(regionName) && isName(status);
      return texts && typeof isHomeRegion === 'boolean' ? { regionKey, regionName, status, isHomeRegion } : undefined;
    });
  }

  private async list<T>(path: string, read: (item: Record<string, unknown>) => T | undefined): Promise<T[]> {
    const environment = environmentFrom(this.options);
    const origin = this.config.endpoint ?? (await this.regionOrigin(environment));
    const answer = await callService(environment, {
      method: 'GET',
      url: new URL(path, origin),
      retry: 'always',
      signer: this.signer,
      source: this.options.source ?? 'the signer',
    });
    return readList(answer, origin, read);
  }

  private async regionOrigin(environment: Parameters<typeof findRegion>[1]): Promise<string> {
    const { region } = this.config;
    if (region !== undefined) return regionHosts(await findRegion(region, environment)).identity;
    throw new OracleComputeError('MISSING_VALUE', 'no region given', { name: 'region' });
  }
}

/** No name of a region is nearly as long, and every line of a table is as wide as the longest. */
function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 200;
}

function readList<T>(
  { body, callId }: ServiceAnswer,
  origin: string,
  read: (item: Record<string, unknown>) => T | undefined,
): T[] {
  if (!Array.isArray(body)) throw unreadable(origin, callId);
  return body.map((item: unknown) => {
    const value = isObject(item) ? read(item) : undefined;
    if (value === undefined) throw unreadable(origin, callId);
    return value;
  });
}
