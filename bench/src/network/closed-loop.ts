/**
 * Closed loop: so many clients, each with one request in flight, which asks again as soon as it is answered.
 *
 * @module
 */
export interface Loop<T> {
  /** In the order in which they came. */
  readonly answers: readonly T[];
  /** How long each of them took, in milliseconds. */
  readonly times: readonly number[];
  /** From the first request to the last answer. */
  readonly ms: number;
}

/**
 * Each client asks `each` times. What `prepare` does is not timed, what it returns is.
 * @throws what a request throws, once all clients have come to their end
 */
export async function closedLoop<T>(
  clients: number,
  each: number,
  prepare: (client: number) => () => Promise<T>,
  now = (): number => performance.now(),
): Promise<Loop<T>> {
  const times: number[] = [];
  const answers: T[] = [];
  const client = async (_: unknown, number: number): Promise<void> => {
    for (let i = 0; i < each; i++) {
      const ask = prepare(number);
      const asked = now();
      const answer = await ask();
      times.push(now() - asked);
      answers.push(answer);
    }
  };
  const began = now();
  const ended = await Promise.allSettled(Array.from({ length: clients }, client));
  const ms = now() - began;
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return { times, answers, ms };
}
