/* The table. A text with % is a format: each language has the same conversions in the same order.
 */
#include "service/language.h"

#define ROW(en, es, de, fr)                                                                        \
    {                                                                                              \
        STR(en), STR(en), STR(es), STR(de), STR(fr)                                                \
    }

static const struct str rows[][LANGUAGE_COUNT] = {
    /* all protocols */
    ROW("It exists already", "Ya existe", "Das gibt es schon", "Existe déjà"),
    ROW("Not allowed", "No está permitido", "Nicht erlaubt", "Non autorisé"),
    ROW("Somebody else is changing it, try again", "Otra persona lo está cambiando; reintente",
        "Jemand anderes ändert es gerade; bitte noch einmal versuchen",
        "Quelqu'un d'autre est en train de le modifier ; réessayez"),
    ROW("Busy, try again later", "Ocupado; reintente más tarde",
        "Zurzeit ausgelastet; bitte später noch einmal versuchen", "Occupé ; réessayez plus tard"),
    ROW("The storage failed, try again later", "Falló el almacenamiento; reintente más tarde",
        "Der Speicher hat versagt; bitte später noch einmal versuchen",
        "Le stockage a échoué ; réessayez plus tard"),
    ROW("The stored data is damaged", "Los datos almacenados están dañados",
        "Die gespeicherten Daten sind beschädigt", "Les données stockées sont endommagées"),
    ROW("Failed", "Falló", "Fehlgeschlagen", "Échec"),
    ROW("Not understood", "No se entiende", "Nicht verstanden", "Incompris"),
    ROW("Over a limit", "Por encima de un límite", "Über einer Grenze", "Au-delà d'une limite"),
    ROW("Not possible", "No es posible", "Nicht möglich", "Impossible"),
    ROW("Wrong name or password", "Nombre o contraseña incorrectos", "Falscher Name oder Kennwort",
        "Nom ou mot de passe incorrect"),
    ROW("Logging in is not possible now, try again later",
        "No es posible iniciar sesión ahora; reintente más tarde",
        "Die Anmeldung ist jetzt nicht möglich; bitte später noch einmal versuchen",
        "Connexion impossible pour le moment ; réessayez plus tard"),
    ROW("Begin the handshake", "Comience la negociación", "Der Handschlag kann beginnen",
        "Commencez la négociation"),
    ROW("Too many bad commands", "Demasiadas órdenes incorrectas", "Zu viele falsche Befehle",
        "Trop de commandes incorrectes"),
    ROW("Nothing came for too long", "No llegó nada durante demasiado tiempo",
        "Es kam zu lange nichts", "Rien n'est arrivé pendant trop longtemps"),
    ROW("The server stops", "El servidor se detiene", "Der Server hält an", "Le serveur s'arrête"),
    ROW("no such command", "no existe esa orden", "diesen Befehl gibt es nicht",
        "cette commande n'existe pas"),
    ROW("no such language", "ese idioma no se habla aquí", "diese Sprache wird nicht gesprochen",
        "cette langue n'est pas parlée ici"),
    ROW("this mechanism is not offered", "ese mecanismo no se ofrece",
        "dieses Verfahren wird nicht angeboten", "ce mécanisme n'est pas proposé"),
    ROW("TLS is not set up here", "TLS no está configurado aquí", "TLS ist hier nicht eingerichtet",
        "TLS n'est pas configuré ici"),

    /* IMAP */
    ROW("completed", "completado", "ausgeführt", "terminé"),
    ROW("Now in English", "Ahora en español", "Ab jetzt auf Deutsch", "Désormais en français"),
    ROW("Other Users/", "Otros usuarios/", "Andere Benutzer/", "Autres utilisateurs/"),
    ROW("Shared/", "Buzones compartidos/", "Gemeinsame Postfächer/", "Boîtes partagées/"),
    ROW("Public/", "Carpetas públicas/", "Öffentliche Ordner/", "Dossiers publics/"),
    ROW("There is no such mailbox or message", "No existe ese buzón o mensaje",
        "Dieses Postfach oder diese Nachricht gibt es nicht",
        "Cette boîte ou ce message n'existe pas"),
    ROW("There are mailboxes below it", "Contiene otros buzones",
        "Darunter liegen weitere Postfächer", "Elle contient d'autres boîtes"),
    ROW("This mailbox cannot be deleted", "Este buzón no se puede eliminar",
        "Dieses Postfach kann nicht gelöscht werden", "Cette boîte ne peut pas être supprimée"),
    ROW("There is no such quota root", "No existe esa raíz de cuota",
        "Diese Kontingentwurzel gibt es nicht", "Cette racine de quota n'existe pas"),
    ROW("DEFLATE active", "DEFLATE activo", "DEFLATE ist aktiv", "DEFLATE actif"),
    ROW("Logged in", "Sesión iniciada", "Angemeldet", "Connecté"),
    ROW("Logging out", "Cerrando la sesión", "Abmeldung", "Déconnexion"),
    ROW("Some of the events are not told here", "Algunos de los sucesos no se notifican aquí",
        "Einige der Ereignisse werden hier nicht gemeldet",
        "Certains événements ne sont pas signalés ici"),
    ROW("The mailbox is full", "El buzón está lleno", "Das Postfach ist voll",
        "La boîte est pleine"),
    ROW("The mailbox is on another server", "El buzón está en otro servidor",
        "Das Postfach liegt auf einem anderen Server", "La boîte est sur un autre serveur"),
    ROW("Some of the messages are gone", "Algunos de los mensajes ya no están",
        "Einige der Nachrichten sind nicht mehr da", "Certains messages ont disparu"),
    ROW("Some were changed by somebody else", "Otra persona cambió algunos",
        "Einige wurden von jemand anderem geändert",
        "Certains ont été modifiés par quelqu'un d'autre"),
    ROW("The selected mailbox was deleted", "El buzón seleccionado fue eliminado",
        "Das gewählte Postfach wurde gelöscht", "La boîte sélectionnée a été supprimée"),
    ROW("The mailbox was numbered anew; open it again", "El buzón fue renumerado; ábralo de nuevo",
        "Das Postfach wurde neu nummeriert; bitte wieder öffnen",
        "La boîte a été renumérotée ; rouvrez-la"),
    ROW("The line is too long", "La línea es demasiado larga", "Die Zeile ist zu lang",
        "La ligne est trop longue"),
    ROW("The literal's length is no number", "La longitud del literal no es un número",
        "Die Länge des Literals ist keine Zahl", "La longueur du littéral n'est pas un nombre"),
    ROW("The literal is too big", "El literal es demasiado grande", "Das Literal ist zu groß",
        "Le littéral est trop grand"),
    ROW("Too many literals in one command", "Demasiados literales en una orden",
        "Zu viele Literale in einem Befehl", "Trop de littéraux dans une commande"),
    ROW("The command is too big", "La orden es demasiado grande", "Der Befehl ist zu groß",
        "La commande est trop grande"),
    ROW("LOGIN is only possible under TLS", "LOGIN solo es posible con TLS",
        "LOGIN ist nur unter TLS möglich", "LOGIN n'est possible que sous TLS"),
    ROW("the mailbox was opened to read only", "el buzón se abrió solo para lectura",
        "das Postfach wurde nur zum Lesen geöffnet", "la boîte a été ouverte en lecture seule"),
    ROW("a mailbox cannot have this name", "un buzón no puede tener ese nombre",
        "so kann ein Postfach nicht heißen", "une boîte ne peut pas porter ce nom"),
    ROW("a mailbox cannot have this use", "un buzón no puede tener ese uso",
        "diesen Zweck kann ein Postfach nicht haben", "une boîte ne peut pas avoir cet usage"),
    ROW("another mailbox has this use", "otro buzón tiene ese uso",
        "ein anderes Postfach hat diesen Zweck", "une autre boîte a cet usage"),
    ROW("there is nobody of that name", "no hay nadie con ese nombre", "niemand heißt so",
        "personne ne porte ce nom"),
    ROW("no such charset", "no se conoce ese juego de caracteres",
        "dieser Zeichensatz ist nicht bekannt", "ce jeu de caractères est inconnu"),
    ROW("no such comparator", "no existe ese comparador", "diesen Vergleich gibt es nicht",
        "ce comparateur n'existe pas"),
    ROW("an empty message", "un mensaje vacío", "eine leere Nachricht", "un message vide"),
};

const struct str *language_row(size_t index)
{
    return index < sizeof rows / sizeof *rows ? rows[index] : NULL;
}

struct str language_text(enum language language, struct str english)
{
    if (language <= LANGUAGE_EN)
        return english;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(rows[i][LANGUAGE_EN], english))
            return rows[i][language];
    return english;
}
