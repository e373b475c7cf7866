import type { Catalogue } from './en';
import { settingsEs } from './settings.es';

export const es: Catalogue = {
  'app.name': 'Postroad',
  'app.loading': 'Cargando…',
  'app.offline': 'No se puede llegar al servidor. Se intenta de nuevo.',
  'app.unreachable': 'No se puede llegar al servidor.',
  'app.failed': 'No ha funcionado: {reason}',
  'app.retry': 'Intentar de nuevo',
  'app.close': 'Cerrar',
  'app.cancel': 'Cancelar',
  'app.ok': 'Aceptar',
  'app.back': 'Atrás',
  'app.skip': 'Ir a los mensajes',

  'signin.title': 'Iniciar sesión',
  'signin.address': 'Dirección de correo',
  'signin.password': 'Contraseña',
  'signin.code': 'Código de su aplicación de autenticación',
  'signin.codeHelp': 'Seis cifras, o uno de sus códigos de recuperación.',
  'signin.submit': 'Iniciar sesión',
  'signin.working': 'Iniciando sesión…',
  'signin.wrong': 'La dirección o la contraseña no son correctas.',
  'signin.wrongCode': 'El código no es correcto. Los códigos cambian cada 30 segundos.',
  'signin.slow': 'Demasiados intentos. Espere un momento.',
  'signin.ended': 'Se ha cerrado su sesión.',
  'signin.showPassword': 'Mostrar la contraseña',
  'signin.hidePassword': 'Ocultar la contraseña',
  'signin.signOut': 'Cerrar sesión',
  ...settingsEs,
};
