import { readCertificate } from './certificates.ts';

/** Those of these armored certificates that can be encrypted to at an instant, in their order. */
export async function usableCertificates(armored: readonly string[], at: Date): Promise<readonly string[]> {
  const read = await Promise.all(armored.map((text) => readCertificate(text, at)));
  return armored.filter((_, n) => {
    const certificate = read[n];
    return certificate !== undefined && 'canEncrypt' in certificate && certificate.canEncrypt;
  });
}
