import type { LessonSeriesResolvers } from '../generated/graphql.ts'

export const seriesResolvers = {
  LessonSeries: {
    firstDate: (series) => series.localStart,
    localTime: (series) => series.localStart,
  } satisfies LessonSeriesResolvers,
}
