// A synthetic identity number for each phone (GB 11643): weights and check characters of the standard.

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS = "10X98765432";

/** A valid number that belongs to nobody: sequences within a day begin at 001, and this one is 000. */
export function syntheticIdentity(msisdn) {
  const day = new Date(Date.UTC(1960, 0, 1 + (Number(msisdn.slice(-5)) % 14000)));
  const first17 = `110101${day.toISOString().slice(0, 10).replaceAll("-", "")}000`;
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(first17[place]), 0);
  return first17 + CHECKS[sum % 11];
}
