import { expect, test } from 'vitest'
import { createRenderer } from './templates.ts'

test('what looks like a tag is text, as for the service that parses the same templates', () => {
  const render = createRenderer()
  expect(render('<b>{lesson}</b> & <3', 'en', 'UTC', { lesson: 'Unit 1' })).toBe(
    '<b>Unit 1</b> & <3',
  )
})
