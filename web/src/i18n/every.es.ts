import type { EveryTexts } from './every.en';

export const everyEs: EveryTexts = {
  'every.loaded': {
    one: 'Está seleccionado {count} de los cargados.',
    other: 'Están seleccionados los {count} cargados.',
  },
  'every.select': { one: 'Seleccionar {count}', other: 'Seleccionar los {count}' },
  'every.selected': {
    one: 'Está seleccionado {count}.',
    other: 'Están seleccionados los {count}.',
  },
  'every.progress': '{what}: {done} de {total}',
  'every.stop': 'Detener',
  'every.none': 'No había nada que hacer.',
  'every.notForAll': 'Eso no se puede hacer con todos a la vez. Use los botones sobre la lista.',
  'every.allRead': 'Marcar todo como leído',
  'every.emptyTrash': 'Vaciar la papelera',
  'every.emptyJunk': 'Vaciar el correo no deseado',
  'every.ask': {
    one: '{count} mensaje sale de esta carpeta para siempre. Puede recuperarlo durante 21 días.',
    other: 'Los {count} mensajes salen de esta carpeta para siempre. Puede recuperarlos 21 días.',
  },
};
