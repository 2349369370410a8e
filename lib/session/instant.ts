/** An instant for people: UTC, to the second. Takes milliseconds since the epoch. */
export function formatInstant(instant: number): string {
  return `${new Date(instant).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
