import type { MenuTexts } from './menu.en';

export const menuEs: MenuTexts = {
  'link.title': '¿Adónde lleva este enlace?',
  'link.warning': 'Lleva a un sitio distinto del que dice.',
  'link.says': 'El mensaje muestra',
  'link.goes': 'En realidad lleva a',
  'link.whole': 'Dirección completa',
  'link.alike': 'El nombre usa letras que se parecen a otras: {name}',
  'link.open': 'Abrirlo de todos modos',
  'link.stay': 'Quedarse aquí',
};
