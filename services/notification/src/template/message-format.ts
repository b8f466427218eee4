import { badUserInput } from '@classgram/errors'
import { IntlMessageFormat } from 'intl-messageformat'

/**
 * Reads a text in ICU MessageFormat
 * (https://unicode-org.github.io/icu/userguide/format_parse/messages/). `<` and `>` are plain
 * characters in it: what they mean is the channel's affair.
 *
 * @throws BAD_USER_INPUT with the parser's message and the place, naming `field`
 */
export function parseMessage(field: string, text: string, locale: string): IntlMessageFormat {
  try {
    return new IntlMessageFormat(text, locale, undefined, { ignoreTag: true })
  } catch (error) {
    // Whatever the parser throws, a stack overflow by deep nesting included, comes of the text.
    const { message, location } = error as Error & { location?: { start: Place } }
    const place = location ? ` at line ${location.start.line}, column ${location.start.column}` : ''
    throw badUserInput(field, `${field}: ${message}${place}`)
  }
}

interface Place {
  line: number
  column: number
}
