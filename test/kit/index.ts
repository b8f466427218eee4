export { insert, type TestDatabase } from './databases.ts'
export { type Answer, startSchool, type TestSchool } from './school.ts'
export * as as from './viewers.ts'
