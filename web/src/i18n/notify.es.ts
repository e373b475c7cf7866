/** Avisos, y estar sin red. */
export const notifyEs = {
  'settings.notify': 'Avisos',
  'notify.intro': 'En este dispositivo, también con la página cerrada.',
  'notify.on': 'Avisarme del correo nuevo',
  'notify.help':
    'Se muestran el remitente y el asunto, también con la pantalla bloqueada. El servicio de ' +
    'avisos de su navegador no los ve.',
  'notify.denied': 'Este navegador no permite avisos de esta página. Se cambia en sus ajustes.',
  'notify.missing': 'Este navegador no tiene avisos.',
  'offline.kept':
    'Sin conexión. Se muestra lo ya leído; los borradores se guardan en este dispositivo.',
  'offline.refused': 'no hay conexión; no se ha cambiado nada',
  'offline.draft': 'Sin conexión: el borrador se guarda en este dispositivo',
  'offline.notKept': 'no se guardó en este dispositivo, o se borró',
  'offline.found': 'Aquí está un borrador que no había llegado al servidor.',
};
