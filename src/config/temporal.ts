import type { Values } from './environment.ts';
import type { ConfigProblem } from './problem.ts';

/** Where Temporal is and under which names we work there. */
export interface TemporalConfig {
  /** Fits the SDK's `Connection.connect` and `NativeConnection.connect` as it is. */
  readonly connection: TemporalConnection;
  readonly namespace: string;
  /** Workflows and short activities; queues for other kinds of work are named after it. */
  readonly taskQueue: string;
  /** Without a slash at the end; undefined means that incidents are shown without a link to Temporal's own pages. */
  readonly uiUrl: string | undefined;
}

export interface TemporalConnection {
  /** `host:port` */
  readonly address: string;
  readonly apiKey?: string;
  /** False means no TLS; always said, because the SDK takes silence for yes when there is an API key. */
  readonly tls: TemporalTls | false;
}

/** Certificates as they were read at start: a changed file counts from the next start on. */
export interface TemporalTls {
  readonly serverNameOverride?: string;
  readonly serverRootCACertificate?: Uint8Array;
  readonly clientCertPair?: { readonly crt: Uint8Array; readonly key: Uint8Array };
}

export function connectionOf(values: Values): TemporalConnection {
  return {
    address: values.TEMPORAL_ADDRESS,
    ...(values.TEMPORAL_API_KEY !== undefined && { apiKey: values.TEMPORAL_API_KEY }),
    tls: tlsOf(values),
  };
}

/** TLS is on when it is asked for, and, as in Temporal's own tools, when an API key or a certificate is given and it is not declined. */
function tlsOf(values: Values): TemporalTls | false {
  const authority = values.TEMPORAL_TLS_SERVER_CA_CERT_DATA ?? values.TEMPORAL_TLS_SERVER_CA_CERT_PATH;
  const { certificate: crt, key } = clientPairOf(values);
  const name = values.TEMPORAL_TLS_SERVER_NAME;
  const isImplied = [authority, crt, name, values.TEMPORAL_API_KEY].some((given) => given !== undefined);
  if (!(values.TEMPORAL_TLS ?? isImplied)) return false;
  return {
    ...(name !== undefined && { serverNameOverride: name }),
    ...(authority !== undefined && { serverRootCACertificate: authority }),
    ...(crt !== undefined && key !== undefined && { clientCertPair: { crt, key } }),
  };
}

function clientPairOf(values: Values) {
  return {
    certificate: values.TEMPORAL_TLS_CLIENT_CERT_DATA ?? values.TEMPORAL_TLS_CLIENT_CERT_PATH,
    key: values.TEMPORAL_TLS_CLIENT_KEY_DATA ?? values.TEMPORAL_TLS_CLIENT_KEY_PATH,
  };
}

/** A certificate is nothing without its key, and the other way round. */
export function halfClientPair(values: Values): readonly ConfigProblem[] {
  const found: ConfigProblem[] = [];
  const { certificate: crt, key } = clientPairOf(values);
  if (crt !== undefined && key === undefined) {
    found.push({
      name: 'TEMPORAL_TLS_CLIENT_KEY_PATH',
      expected: 'the key of the client certificate',
      got: 'nothing',
    });
  }
  if (crt === undefined && key !== undefined) {
    found.push({
      name: 'TEMPORAL_TLS_CLIENT_CERT_PATH',
      expected: 'the certificate of the client key',
      got: 'nothing',
    });
  }
  return found;
}
