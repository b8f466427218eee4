export { demoPeople } from './demo-people.ts'
export { createDemoSchool, type DemoSchool } from './school.ts'
export { type SeedOptions, seedDemo } from './seed.ts'
