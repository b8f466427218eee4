export { insert, type TestDatabase } from './databases.ts'
export * as eveningEnglish from './evening-english.ts'
export { type Answer, startSchool, type TestSchool } from './school.ts'
export * as as from './viewers.ts'
