import { calculateJwkThumbprint } from 'jose';
import { expect, it } from 'vitest';
import { createRecordSigner, recordKeyOf } from '../../src/api/record-key.ts';

it('the key of records is drawn from the signing key: the same one each time, and another for another', async () => {
  const seed = recordKeyOf(Buffer.alloc(32, 1));
  expect(seed).toHaveLength(32);
  expect(recordKeyOf(Buffer.alloc(32, 1))).toEqual(seed);
  expect(recordKeyOf(Buffer.alloc(32, 2))).not.toEqual(seed);
});

it('its public half is that of RFC 8032, named by its thumbprint', async () => {
  const seed = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');
  const { publicKey } = createRecordSigner(seed);
  // RFC 8037, appendix A.
  expect(publicKey.x).toBe('11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo');
  expect(publicKey.kid).toBe('kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  expect(await calculateJwkThumbprint({ ...publicKey })).toBe(publicKey.kid);
  expect(publicKey).not.toHaveProperty('d');
});
