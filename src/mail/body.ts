/** Behind the first empty line; all of it where there is none. */
export function bodyOf(bytes: Uint8Array): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ends = ['\r\n\r\n', '\n\n'].map((end) => ({ at: buffer.indexOf(end), length: end.length }));
  const [first] = ends.filter(({ at }) => at !== -1).toSorted((one, other) => one.at - other.at);
  return first === undefined ? buffer : buffer.subarray(first.at + first.length);
}
