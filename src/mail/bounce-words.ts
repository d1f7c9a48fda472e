/**
 * How mail servers say that they could not deliver, where they write for people alone. Rows are added as they are met; a
 * row never decides alone (bounce.ts asks who wrote it as well).
 */

/** Local parts that programs of mail servers write from. */
export const DAEMON = /^(?:mailer-?daemon|mail-?daemon|maildaemon|mmdf|double-?bounce|bounce)$/i;
/** And these people write from as well, so that they need more. */
export const POSTMASTER = /^(?:poo?st[_-]?master|mail-?admin(?:istrator)?|mdaemon|mailadm|systemmail)$/i;

export const DAEMON_NAME =
  /\b(?:mail(?:er)? deliver[a-z]* (?:sub)?system|mail administrator|mailer[ -]daemon|delivery (?:sub)?system|ndr administrator|system administrator|mail delivery service)\b/i;

export const SUBJECT = new RegExp(
  [
    'undeliver(?:ed|able)|non[- ]?deliver(?:y|able)|not deliver(?:ed|able)|cannot be delivered',
    'delivery (?:status )?(?:notification|failure|failed|report|status|problem|error|has failed|incomplete|delayed)',
    'delivery (?:delay|unsuccessful)|(?:message|mail|e-?mail) (?:delivery )?(?:has )?(?:failed|failure|error|delayed|status|system error)',
    "failure (?:notice|delivery)|failed (?:mail|delivery|to deliver)|fail(?:ed|ure) .{0,20}deliver|could ?n[o']t (?:be )?(?:send|sent|deliver)",
    'returned (?:mail|to sender|message)|returning message|bounced? (?:mail|message)|mail (?:status report|rejected)|rejected mail',
    'warning.{0,40}(?:delayed|could not|not be sent|still)|error sending your mail|error (?:in )?deliver|transcript of session|delivery.{0,20}fail',
    'postmaster notify|permanent(?:ly)? (?:delivery )?fail|dead letter|nondeliverable',
    'unzustellbar|nicht zugestellt|zustellung (?:fehlgeschlagen|verzögert)|unzustellbarkeit|fehler bei der zustellung',
    'non remis|échec (?:de la )?(?:remise|distribution)|non (?:distribué|délivré)|retour à l.expéditeur',
    'no (?:se )?(?:pudo )?entreg|no entregad|mensaje no entregado|error de entrega|não (?:foi )?entreg|falha (?:na|de) entrega',
    'mancat[oa] (?:recapito|consegna)|impossibile (?:recapitare|consegnare)|onbestelbaar|niet (?:be|af)geleverd|kunde inte levereras|kunne ikke leveres',
    'niedostarczon|nedoručiteln|nedoručen|kézbesíthetetlen|teslim edileme',
    'не ?доставлен|недоставленное|сообщение не доставлено|невозможно доставить',
    '送信(?:でき|に失敗|エラー)|配信(?:でき|不能|エラー)|配送(?:でき|不能)|送達|エラーメール|退信|无法(?:投递|送达)|無法(?:傳遞|投遞)|投递失败|배달(?:되지|할 수)|반송',
  ].join('|'),
  'iu',
);

export const TEXT = new RegExp(
  [
    "(?:could|can|has|have|was|were) ?(?:not|n't) (?:be(?:en)? )?(?:yet )?(?:been )?(?:delivered|deliver|sent|relayed)|cannot be delivered",
    "unable to deliver|was(?: not|n't) able to deliver|(?:error|trouble|problem)s? (?:while )?(?:occurred )?(?:while )?(?:trying to )?deliver|undeliver(?:ed|able)",
    'delivery (?:to the following|has failed|failed|attempt|has been delayed)|failed to deliver|permanent (?:fatal )?(?:error|failure)',
    'address(?:es|\\(es\\))? (?:has|have|had)? ?(?:permanent|transient|delivery|failed)|following (?:recipients?|address(?:es|\\(es\\))?)',
    'did not (?:reach|receive)|returned to (?:the )?sender|message (?:was|has been) (?:returned|rejected|refused)|rejected recipient|mail system error',
    '(?:user|recipient|address|mailbox|account|host) (?:is )?(?:unknown|not (?:found|known|listed)|invalid|unavailable|disabled|full|over quota)|unknown user|no such (?:user|mailbox|address)',
    'invalid user address|no valid recipients|mailbox (?:is )?full|over ?quota|delivery status notification|transcript of (?:the )?session',
    'group you tried to contact|recipient address rejected|relay(?:ing)? denied|not (?:yet )?been delivered|has been delayed',
    'konnte(?:n)? nicht zugestellt|nicht zustellbar|n.a pas pu être (?:remis|distribué|délivré|livré)|n.a pas été (?:remis|distribué)',
    'no se (?:pudo|ha podido) entregar|não (?:pôde|foi possível|pode) (?:ser )?entreg|non è stato possibile (?:recapitare|consegnare)|kon niet worden (?:bezorgd|afgeleverd)',
    'nie (?:może|można|mogła) .{0,30}dostarcz|не (?:может|могло|удалось|было) .{0,20}доставлен|не удалось доставить|недоставлен',
    '送信(?:でき|に失敗)|配信でき|配送でき|届けられ|お届けでき|送達でき|无法(?:投递|送达)|無法(?:傳遞|投遞)|배달(?:되지|할 수)',
    '(?<![\\d.])[45]\\d\\d[ -]#?[45][.]\\d{1,3}[.]\\d{1,3}|smtp; ?[45]\\d\\d|said: [45]\\d\\d|[(]#[45][.]\\d{1,3}[.]\\d{1,3}[)]',
  ].join('|'),
  'iu',
);

/** Not yet, rather than not. What says both has given up. */
export const DELAY =
  /\bdelay(?:ed)?\b|warning[ -]{1,3}|warning message only|will (?:be retried|continue|keep trying|try again)|delivery attempts will continue|not yet been delivered|still (?:trying|being retried)|could not send .{0,20}past|verzögert|retard|задерж|遅延/iu;
export const GIVEN_UP =
  /permanent (?:fatal )?(?:error|failure)|failed permanently|given up|giving up|fatal errors|could not be delivered|has failed|[(]failure[)]/iu;

/** From here on it is the message that comes back. */
export const RETURNED =
  /^[^\S\n]*(?:[-_=*> ]{0,40}(?:below this line is|this is a copy of|the header of the original|original (?:message|mail)|message headers? follow|the body of the message is|enclosed is a copy|included is a copy|returned message|unsent message|undelivered message|your (?:original )?message (?:follows|is below)|returned text|mensaje original|message d.origine|ursprüngliche nachricht|исходное сообщение)|(?:return-path|received|x-received|dkim-signature):)/imu;
