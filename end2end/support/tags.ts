/** Which browsers are not asked a test; playwright.config.ts leaves it out of their projects. */

/** Only phones are asked: another window says nothing new. */
export const PHONE = '@phone';
/** Only with JavaScript: without it the browser itself asks whether to post again, no page asks for the time, and nothing waits. */
export const SCRIPT = '@script';

/** Which tests are asked where SHENBAO_SCREENS names a folder for pictures. */

/** It takes pictures. */
export const PICTURE = '@picture';
/** It takes pictures, and a phone's are enough. */
export const PICTURE_PHONE = '@picture-phone';
