import { readSubgraphs } from '@classgram/server'
import { eveningEnglish } from '@classgram/test/kit'
import type { Column, Relations } from './columns.ts'
import { things } from './fixture.ts'
import type { SignIns } from './sign-ins.ts'

const { people, group, lesson } = eveningEnglish
const { anna, boris, outsider, tanya } = people

/** An entity to look at: the key that leads to it, and what is known of it. */
export interface Example {
  key: Record<string, unknown>
  relations: Relations
  /** To whom it exists; to everybody when absent. */
  existsFor?: readonly Column[]
}

const programs = [
  'program without',
  'program with',
  'service auth',
  'service notification',
] as const
const annasOwn = { SELF: ['student'], OWN_TEACHER: ['own teacher'] } as const
const withStaff = ['student', 'own teacher', 'administrator', ...programs] as const

/** One thing of each entity: Anna's if it is a student's, Tanya's if it is a teacher's. */
export const entities: Record<string, Example> = {
  User: { key: { telegramId: anna }, relations: annasOwn },
  Student: { key: { telegramId: anna }, relations: annasOwn },
  Teacher: { key: { telegramId: tanya }, relations: { SELF: ['own teacher'] } },
  Group: {
    key: { id: group },
    relations: { OWN_TEACHER: ['own teacher'], PARTICIPANT: ['student', 'classmate'] },
  },
  Lesson: { key: { id: lesson }, relations: {}, existsFor: [...withStaff, 'classmate'] },
  Notification: { key: { id: things.notification }, relations: { SELF: ['student'] } },
}

/** A way from a root type or an entity to objects that nothing leads to directly. */
export interface Path {
  /** Names of the type and of its fields: one that is a list must have one item. */
  steps: string
  relations: Relations
  /** Where to begin, if not at the entity's usual example. */
  from?: Example
}

/** By type, or by subgraph and type. */
export const paths: Record<string, Path> = {
  AuditLog: { steps: 'Query.auditLog', relations: {} },
  'groups GroupMember': { steps: 'Group.members.nodes', relations: annasOwn },
  'students Group': { steps: 'Student.enrollments.group', relations: {} },
  'calendar LessonParticipant': {
    steps: 'Lesson.participants',
    from: { key: { id: things.upcomingLesson }, relations: {}, existsFor: withStaff },
    relations: annasOwn,
  },
  'calendar TeacherAbsence': { steps: 'Teacher.absences', relations: { SELF: ['own teacher'] } },
  'notification NotificationTemplate': {
    steps: 'Query.notificationTemplates.nodes',
    relations: {},
  },
}

/** What any argument of this name is, unless `argumentsOf` says otherwise. */
export const usualArguments: Record<string, unknown> = {
  telegramId: anna,
  from: '2026-03-01T00:00:00Z',
  to: '2026-04-01T00:00:00Z',
}

const span = { startsAt: '2050-05-02T18:00:00Z', endsAt: '2050-05-02T19:00:00Z' }
const hours = { localFrom: '09:00', localTo: '12:00', timezone: 'Europe/London' }

/** Arguments by field; what they are about is Anna's or Tanya's wherever it can be. */
export function argumentsOf(signIns: SignIns): Record<string, Record<string, unknown>> {
  const input = (value: object) => ({ input: value })
  return {
    ...Object.fromEntries(
      readSubgraphs().map(({ name }) => [
        `${name} Mutation.erasePersonData`,
        input({ telegramId: anna }),
      ]),
    ),
    'auth Mutation.createUser': input({ telegramId: things.newcomer, firstName: 'Nadia' }),
    'auth Mutation.updateUser': input({ telegramId: anna, timezone: 'Europe/Berlin' }),
    'auth Mutation.refreshSession': input({ refreshToken: signIns.refreshToken }),
    'auth Mutation.signOut': input({ sessionId: signIns.sessionId }),
    'auth Mutation.signOutEverywhere': input({ telegramId: anna }),
    'auth Mutation.signInWithTelegram': input({ initData: signIns.launchData }),
    'auth Mutation.signInWithLoginWidget': input({ data: signIns.widgetData }),
    'auth Mutation.createLoginCode': input({ telegramId: anna }),
    'auth Mutation.signInWithCode': input({ telegramId: anna, code: signIns.loginCode }),
    'auth Mutation.signInWithOpenIdConnect': input(signIns.linked),
    'auth Mutation.linkIdentity': input(signIns.unlinked),
    'auth Mutation.addIdentity': input({ telegramId: anna, provider: 'lab', subject: 'another' }),
    'auth Mutation.unlinkIdentity': input({ identityId: things.identity }),
    'auth Mutation.recordConsent': input({ document: 'privacy-policy', version: '2026-11' }),
    'auth Mutation.withdrawConsent': input({ consentId: things.consent }),
    'auth Mutation.erasePerson': input({ telegramId: anna }),
    'auth Mutation.registerPeople': input({ people: [{ telegramId: anna }], isDryRun: true }),
    'auth Mutation.exportPeople': input({ telegramIds: [anna] }),
    'auth Mutation.createOauthClient': input({
      clientId: 'crm',
      name: 'The CRM',
      scopes: ['groups:read'],
    }),
    'auth Mutation.updateOauthClient': input({ clientId: things.program, name: 'Our website' }),
    'auth Mutation.rotateOauthClientSecret': input({ clientId: things.program }),

    'teachers Query.teacher': { telegramId: tanya },
    'teachers Query.knownTeachers': { telegramIds: [tanya] },
    'teachers Mutation.createTeacher': input({ telegramId: things.newTeacher }),
    'teachers Mutation.updateTeacher': input({ telegramId: tanya, headline: 'Hello' }),

    'students Mutation.createStudent': input({ telegramId: anna }),
    'students Mutation.updateStudent': input({ telegramId: anna, goals: 'To travel.' }),
    'students Mutation.registerStudents': input({ students: [], isDryRun: true }),
    'students Mutation.assessLevel': input({
      studentTelegramId: anna,
      language: 'en',
      level: 'B2',
    }),

    'groups Query.group': { id: group },
    'auth Query.teachersByName': { words: ['Tanya'] },
    'students Query.knownStudents': { telegramIds: [anna] },
    'groups Query.taughtStudents': { teacherTelegramId: tanya, studentTelegramIds: [anna] },
    'groups Mutation.createGroup': input({
      name: 'Night English',
      language: 'en',
      level: 'B2',
      capacity: 4,
      teacherTelegramId: tanya,
    }),
    'groups Mutation.updateGroup': input({ id: group, name: 'Late English' }),
    // The first one is Anna.
    'groups Group.members': { first: 1 },
    'groups Mutation.addGroupMember': input({ groupId: group, studentTelegramId: outsider }),
    'groups Mutation.updateGroupMember': input({ id: things.invitedStay, status: 'REMOVED' }),
    'groups Mutation.moveGroupMember': input({ memberId: things.invitedStay, toGroupId: group }),
    'groups Mutation.leaveGroup': input({ groupId: group }),
    'groups Mutation.createGroupInvitation': input({ groupId: group }),
    'groups Mutation.revokeGroupInvitation': input({ id: things.link }),
    'groups Mutation.acceptGroupInvitation': input({ token: things.linkToken }),
    'groups Mutation.respondToGroupInvitation': input({
      memberId: things.invitedStay,
      accept: true,
    }),
    'groups Mutation.respondToSeatOffer': input({ memberId: things.invitedStay, accept: true }),
    'groups Mutation.importRoster': input({ text: `group_id\n${group}`, isDryRun: true }),
    'groups Mutation.exportRoster': input({ groupIds: [] }),
    'groups Group.studentProgress': { studentTelegramId: anna },
    'groups Mutation.recordGroupProgress': input({
      groupId: group,
      studentTelegramId: anna,
      unit: '2',
      percentage: 10,
    }),
    'groups Mutation.updateGroupProgress': input({ id: things.progress, percentage: 50 }),
    'groups Mutation.removeGroupProgress': input({ id: things.progress }),

    'calendar Query.lesson': { id: lesson },
    'calendar Mutation.createLesson': input({
      ...span,
      title: 'Lesson 2',
      timezone: 'Europe/London',
      teacherTelegramId: tanya,
      groupId: group,
      participantTelegramIds: [anna],
    }),
    'calendar Mutation.updateLesson': input({ id: things.upcomingLesson, title: 'Grammar' }),
    'calendar Mutation.cancelLesson': input({ id: things.upcomingLesson }),
    'calendar Mutation.addLessonParticipant': input({
      lessonId: things.upcomingLesson,
      studentTelegramId: boris,
    }),
    'calendar Mutation.removeLessonParticipant': input({
      lessonId: things.upcomingLesson,
      studentTelegramId: anna,
    }),
    'calendar Mutation.respondToLesson': input({
      lessonId: things.upcomingLesson,
      response: 'ACCEPTED',
    }),
    'calendar Mutation.markAttendance': input({
      lessonId: lesson,
      marks: [{ studentTelegramId: anna, status: 'PRESENT' }],
    }),
    'calendar Mutation.createTeacherAbsence': input({ ...span, teacherTelegramId: tanya }),
    'calendar Mutation.updateTeacherAbsence': input({ id: things.absence, reason: 'ill' }),
    'calendar Mutation.removeTeacherAbsence': input({ id: things.absence }),
    'calendar Mutation.createTeacherSchedule': input({
      ...hours,
      teacherTelegramId: tanya,
      weekday: 2,
      validFrom: '2026-01-01',
    }),
    'calendar Mutation.updateTeacherSchedule': input({ id: things.schedule, weekday: 3 }),

    'notification Query.notification': { id: things.notification },
    'notification Mutation.createNotification': input({
      recipientTelegramId: anna,
      kind: 'ANNOUNCEMENT',
      text: 'Snow!',
      deduplicationKey: 'snow',
    }),
    'notification Mutation.rescheduleNotification': input({
      id: things.notification,
      scheduledAt: '2049-01-01T00:00:00Z',
    }),
    'notification Mutation.cancelNotification': input({ id: things.notification }),
    'notification Mutation.markNotificationsRead': input({ ids: [things.notification] }),
    'notification Mutation.saveNotificationSetting': input({
      userTelegramId: anna,
      kind: 'LESSON_REMINDER',
      channel: 'TELEGRAM',
      enabled: false,
    }),
    'notification Mutation.saveNotificationTemplate': input({
      kind: 'LESSON_REMINDER',
      channel: 'TELEGRAM',
      locale: 'en',
      body: 'Soon.',
    }),
  }
}
