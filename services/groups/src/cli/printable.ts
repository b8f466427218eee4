/** Prints a line of a report, harmlessly: parts of it may stand in a file that anybody wrote. */
export function say(line: string): void {
  console.log(printable(line))
}

/**
 * A text with the characters that a terminal would obey, or not show, written out: `\u{1b}`. What changes
 * the direction of writing is among them.
 */
function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}
