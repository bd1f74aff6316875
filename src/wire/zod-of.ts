/** A form of src/core where zod checks the document around it. */
import { z } from 'zod';
import type { Form } from '../core/json/form.ts';
import type { PlainJson } from '../core/json/value.ts';

/** What has `form`: its JSON Schema is that of the form. */
export function zodOf<T>(form: Form): z.ZodType<T> {
  const checked = z.unknown().superRefine((value, context) => {
    const fault = form.faultIn(value as PlainJson, '');
    if (fault === undefined) return;
    context.addIssue({ code: 'custom', path: fault.path.split('/').slice(1), message: `expected ${fault.expected}` });
  });
  return checked.meta(form.schema) as unknown as z.ZodType<T>;
}
