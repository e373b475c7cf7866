import { t } from '../../i18n/index.svelte';
import type { Action, Condition, Rule } from './model';

function conditionWords(c: Condition): string {
  if (c.field === 'size')
    return t(c.test === 'over' ? 'rules.sizeOver' : 'rules.sizeUnder', { count: c.kilobytes });
  if (c.field === 'attachment' || c.field === 'list') return t(`rules.field.${c.field}`);
  const field = c.field === 'header' ? (c.header ?? '') : t(`rules.field.${c.field}`);
  return `${field} ${t(`rules.test.${c.test}`)} “${c.value}”`;
}

function actionWords(a: Action): string {
  if (a.act === 'move' || a.act === 'copy') return `${t(`rules.act.${a.act}`)} ${a.path}`;
  if (a.act === 'label') return `${t('rules.act.label')} ${a.keyword}`;
  if (a.act === 'forward') return `${t('rules.act.forward')} ${a.to}`;
  return t(`rules.act.${a.act}`);
}

/** A rule as a sentence. */
export function ruleWords(rule: Rule): { when: string; then: string } {
  const joint = ` ${t(rule.all ? 'rules.and' : 'rules.or')} `;
  return {
    when: rule.conditions.map(conditionWords).join(joint),
    then: rule.actions.map(actionWords).join(', '),
  };
}
