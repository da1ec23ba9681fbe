// What a kiosk can say of a T-code without the server: signature, day and centre. Used or cancelled it cannot know.
// The form is that of tcode/voucher.py.

const PREFIX = "CD1:";
const LENGTH = 121;
const DOMAIN = new TextEncoder().encode("caredial t-code 1\0");
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
const DAY = 86_400_000;

/**
 * "forged", "wrong_centre", "wrong_day" or "offline_genuine"; null where this browser or the stored keys cannot tell.
 * `keys` is a JWK set, `centre` the kiosk's own, `today` a Date read in UTC.
 */
export async function judge(code, keys, centre, today) {
  const text = code.normalize("NFKC").trim().toUpperCase();
  if (!text.startsWith(PREFIX) || !keys || !globalThis.crypto?.subtle) return null;
  const octets = text.length === LENGTH ? base45(text.slice(PREFIX.length)) : null;
  if (!octets) return "forged";
  const jwk = keys.keys.find((key) => key.kid === String(octets[1]));
  if (!jwk) return null; // made after the keys were fetched, or forged
  const good = await signed(octets, jwk);
  if (good === null) return null;
  return good ? claims(octets, centre, today) : "forged";
}

async function signed(octets, jwk) {
  const message = new Uint8Array([...DOMAIN, ...octets.subarray(0, 14)]);
  try {
    const key = await crypto.subtle.importKey("jwk", jwk, { name: "Ed25519" }, false, ["verify"]);
    return await crypto.subtle.verify({ name: "Ed25519" }, key, octets.subarray(14), message);
  } catch {
    return null; // a browser without Ed25519
  }
}

function claims(octets, centre, today) {
  if (((octets[7] << 16) | (octets[8] << 8) | octets[9]) !== centre) return "wrong_centre";
  const day = (octets[10] << 8) | octets[11];
  const now = Math.floor((today.getTime() - Date.UTC(2020, 0, 1)) / DAY);
  return day === now ? "offline_genuine" : "wrong_day";
}

/** RFC 9285; null for a text that is none. Only whole triples: a voucher has an even number of octets. */
function base45(text) {
  const octets = new Uint8Array((text.length / 3) * 2);
  for (let at = 0; at < text.length; at += 3) {
    const [c, d, e] = [...text.slice(at, at + 3)].map((letter) => ALPHABET.indexOf(letter));
    const value = c + d * 45 + e * 45 * 45;
    if (Math.min(c, d, e) < 0 || value > 0xffff) return null;
    octets[(at / 3) * 2] = value >> 8;
    octets[(at / 3) * 2 + 1] = value & 0xff;
  }
  return octets;
}
