import type { Answer, Consultation } from './incident.ts';

/** As it stands after another answer: who was asked may know more later, and what they said first stays. Source: NM-11. */
export function withAnswer(consultation: Consultation, { textId, at }: Answer): Consultation {
  const { answerTextId, answeredAt, earlierAnswers = [] } = consultation;
  const answered = { ...consultation, answerTextId: textId, answeredAt: at };
  return answerTextId === null || answeredAt === null
    ? answered
    : { ...answered, earlierAnswers: [...earlierAnswers, { textId: answerTextId, at: answeredAt }] };
}
