export const sections = [
  'general',
  'notify',
  'writing',
  'away',
  'rules',
  'blocked',
  'security',
] as const;
export type Section = (typeof sections)[number];

/** Which part of the settings is open; null: none. */
class SettingsOpen {
  section = $state<Section | null>(null);
}

export const settingsOpen = new SettingsOpen();
