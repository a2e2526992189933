/** Invented people: 999999 is no area of China. */
export type Person = { name: string; id: string; phone: string };

/** A resident's number for a day of birth and a sequence number, with its check digit (GB 11643). */
export function residentId(birth: string, sequence: number): string {
  const body = `999999${birth}${String(sequence).padStart(3, '0')}`;
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = weights.reduce((sum, weight, at) => sum + weight * Number(body[at]), 0);
  return body + '10X98765432'[sum % 11];
}

/** A unified social credit code for a sequence number, with its check digit (GB 32100). */
export function uscc(sequence: number): string {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY';
  const body = `91999999MA${String(sequence).padStart(7, '0')}`;
  const sum = [...body].reduce((sum, char, at) => sum + alphabet.indexOf(char) * 3 ** at, 0);
  return body + alphabet[(31 - (sum % 31)) % 31];
}
