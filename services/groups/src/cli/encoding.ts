import { StartupError } from '@classgram/errors'

export const encodings = ['utf-8', 'windows-1251'] as const
export type Encoding = (typeof encodings)[number]

const byteOrderMark = '\ufeff'

/**
 * A file's text. Without an encoding it is UTF-8 if it can be, else Windows-1251, which every file can be;
 * one that is UTF-8 for the most part is neither.
 *
 * @throws StartupError for a file of another encoding, and for UTF-8 that is damaged
 */
export function decode(bytes: Uint8Array, asked?: Encoding): { text: string; encoding: Encoding } {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new StartupError('The file is UTF-16: save it as CSV in UTF-8 or Windows-1251.')
  }
  if (asked !== 'windows-1251') {
    try {
      return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), encoding: 'utf-8' }
    } catch {
      const { place, isMostlyValid } = inspect(bytes)
      if (isMostlyValid) {
        throw new StartupError(
          `The file is UTF-8, but damaged at ${place}: mend it or save it anew. ` +
            'If it is Windows-1251 all the same, say --encoding windows-1251.',
        )
      }
      if (asked) {
        throw new StartupError(`The file is not UTF-8 at ${place}: try --encoding windows-1251.`)
      }
    }
  }
  return { text: new TextDecoder('windows-1251').decode(bytes), encoding: 'windows-1251' }
}

/**
 * Looks at bytes that are no whole UTF-8. Letters of Windows-1251 make a valid character here and there
 * ("Дё"), but rarely; in damaged UTF-8 the valid ones are many.
 */
function inspect(bytes: Uint8Array): { place: string; isMostlyValid: boolean } {
  // What is broken becomes U+FFFD.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const again = Buffer.from(text)
  const at = again.findIndex((byte, index) => byte !== bytes[index])
  const line = Buffer.from(bytes.subarray(0, at)).toString('latin1').split('\n').length
  const broken = text.match(/\ufffd/g)?.length ?? 0
  const valid = text.match(/[^\p{ASCII}\ufffd]/gu)?.length ?? 0
  return {
    place: `byte ${at + 1} (line ${line})`,
    isMostlyValid: valid >= broken || text.startsWith(byteOrderMark),
  }
}

/** The bytes of Windows-1251 by what the decoder makes of them. */
const windows1251 = new Map(
  Array.from(
    new TextDecoder('windows-1251').decode(Uint8Array.from({ length: 256 }, (_, byte) => byte)),
    (character, byte) => [character, byte],
  ),
)

/** Whether every character of the text is there in the encoding. */
export function isEncodable(text: string, encoding: Encoding): boolean {
  return encoding === 'utf-8' || Array.from(text).every((character) => windows1251.has(character))
}

/** @throws Error for text that is not encodable */
export function encode(text: string, encoding: Encoding): Uint8Array {
  if (encoding === 'utf-8') return Buffer.from(text)
  return Uint8Array.from(Array.from(text), (character) => {
    const byte = windows1251.get(character)
    if (byte === undefined) throw new Error('there is no such character in Windows-1251')
    return byte
  })
}

/** What a file begins with: without its mark, spreadsheets take UTF-8 for something else. */
export function beginningOf(encoding: Encoding): string {
  return encoding === 'utf-8' ? byteOrderMark : ''
}
