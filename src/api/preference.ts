import type { FastifyRequest } from 'fastify';

/**
 * Another form than JSON is for who asks for it by name, and does not rather have JSON: a wildcard gets JSON. Source:
 * RFC 9110, 12.5.1.
 */
export function prefers(request: Pick<FastifyRequest, 'headers'>, mediaType: string): boolean {
  const ranges = (request.headers.accept ?? '').split(',').map((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, weight: weight === undefined ? 1 : Number(weight.slice('q='.length)) };
  });
  const weightOf = (type: string) => ranges.find((range) => range.type === type)?.weight ?? 0;
  return weightOf(mediaType) > 0 && weightOf(mediaType) >= weightOf('application/json');
}
