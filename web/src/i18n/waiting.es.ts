/** Correo que espera su hora, borradores en dos dispositivos, y varias cuentas. */
export const waitingEs = {
  'folder.scheduled': 'Programados',
  'scheduled.intro': 'Estos mensajes todavía no se han enviado. Cada uno sale a su hora.',
  'scheduled.none': 'Ningún mensaje espera para enviarse.',
  'scheduled.leaves': 'Sale el {when}',
  'scheduled.stuck': 'No va a enviarse: edítelo para enviarlo de nuevo.',
  'scheduled.to': 'Para: {who}',
  'scheduled.edit': 'Cancelar y editar',
  'scheduled.now': 'Enviar ahora',
  'scheduled.change': 'Cambiar la hora',
  'scheduled.of': '{what}: {subject}',
  'scheduled.failed': 'Es un borrador de nuevo, porque no pudo enviarse: {reason}',
  'compose.elsewhere':
    'Este borrador también se cambió en otro dispositivo. Los dos están en los borradores; ' +
    'este es el suyo.',
  'compose.sentElsewhere':
    'Este borrador también se cambió en otro dispositivo. Lo escrito allí está en los borradores.',
  'folders.count': { one: 'un mensaje', other: '{count} mensajes' },
};
