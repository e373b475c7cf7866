const NAME_MAX = 80;
const FORBIDDEN = /[\p{Cc}\p{Cf}/\\:*?"<>|]+/gu; // by one system or the other

/** Names of files for messages of these subjects, each once. */
export function attachedNames(subjects: string[]): string[] {
  const taken = new Map<string, number>();
  return subjects.map((subject) => {
    const plain = subject.replace(FORBIDDEN, ' ').replace(/\s+/g, ' ').trim();
    const short =
      [...plain]
        .slice(0, NAME_MAX)
        .join('')
        .replace(/[. ]+$/, '') || 'message';
    const times = (taken.get(short.toLowerCase()) ?? 0) + 1;
    taken.set(short.toLowerCase(), times);
    return times > 1 ? `${short} (${times}).eml` : `${short}.eml`;
  });
}
