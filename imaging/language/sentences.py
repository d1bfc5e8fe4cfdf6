"""What is put together in plain English where nobody reads yet: by workers, providers,
and where strangers' files are decoded. Listed here to be translated (see readout).
"""

from django.utils.translation import gettext_noop as noop

FILES = (
    noop(
        "The file is empty (0 bytes, at least 1 is needed). Choose it again, or save "
        "it once more in the program it came from."
    ),
    noop(
        "The file has %(size)s MB or more; at most %(limit)s MB are taken. Save it as "
        "a JPEG, or smaller, and try again."
    ),
    noop(
        "The content of this file looks like %(found)s, which is not a picture that "
        "can be taken here. Send it as %(accepted)s."
    ),
    noop(
        "The content of this file is not a picture that can be taken here. Send it as "
        "%(accepted)s."
    ),
    noop(
        "This picture is %(width)s × %(height)s pixels; each side needs at least "
        "%(limit)s. Send a larger version of it."
    ),
    noop(
        "This picture has %(megapixels)s megapixels (%(width)s × %(height)s); at most "
        "%(limit)s are taken. Make it smaller and send it again."
    ),
    noop("This part has %(said)s bytes and should have %(size)s. Send it again."),
    noop(
        "What arrived is not what was announced: the file was changed on its way, or "
        "while it was sent. Send it again."
    ),
    noop(
        "This %(kind)s file is damaged or incomplete: it cannot be read to its end. "
        "Copy it again from where it came, or save it once more, and try again."
    ),
    noop(
        "This JPEG is stored in more than %(limit)s passes, the most that are read. "
        "Save it again as a plain JPEG and send that."
    ),
    noop(
        "Reading this picture takes more than the %(limit)s MB of memory that it may "
        "use. Save it again as a plain JPEG or PNG and send that."
    ),
    noop(
        "Reading this picture took more than the %(limit)s seconds of computing time "
        "that it may take. Save it again as a plain JPEG or PNG, or smaller, and try "
        "again."
    ),
    noop(
        "Reading this picture took more than the %(limit)s seconds on the clock that "
        "it may take. Save it again as a plain JPEG or PNG, or smaller, and try again."
    ),
    noop(
        "The result has %(width)s × %(height)s pixels; a %(format)s file can have "
        "%(limit)s on a side. Choose PNG, or a smaller size."
    ),
    noop("The picture was deleted."),
)
WORK = (
    noop("The provider %(name)s is no longer installed."),
    noop("Your team has no account with this provider any more."),
    noop("Enter its keys again in the team's settings, then retry."),
    noop("Make room, then retry: the job is not paid again."),
    noop("The provider's result cannot be used: %(why)s"),
    noop(
        "Retry fetches it once more and pays nothing. If it stays like this, start "
        "anew from the picture's page, and tell the provider."
    ),
    noop("Your team's account with this provider is paused."),
    noop("The provider said it was done and gave nothing."),
    noop("The provider gave a picture without bytes."),
    noop("The provider did not finish in the time a job may take."),
    noop("Retry it, or ask the provider about the job."),
    noop("This step was begun %(n)s times and was cut off each time."),
    noop("Retry it; if it happens again, ask the operator to look at the log."),
    noop("The provider deletes its result on %(day)s UTC; a retry before is free."),
    noop(
        "The provider may or may not have taken this job: its answer never came, and "
        "it cannot be asked."
    ),
    noop("Look at the provider's own list, then retry or dismiss."),
)
CALLS = (
    noop("Only https to public addresses is called."),
    noop(
        "Only https to public addresses is called; for an address of your own network "
        "see OUTGOING_ALLOW."
    ),
    noop("%(host)s did not answer in time."),
    noop("%(host)s shows a certificate that does not prove its name."),
    noop("Check the address, and this machine's clock."),
    noop("%(host)s answered with something that is not HTTP."),
    noop("%(host)s hung up before its answer was complete."),
    noop("%(host)s cannot be reached: %(why)s."),
    noop("%(host)s sends more than the limit of %(limit)s bytes."),
    noop("%(host)s was sent the request, but %(why)s."),
    noop("%(host)s is busy (status %(status)s)."),
    noop("%(host)s has a fault of its own (status %(status)s)."),
    noop("%(host)s answered %(status)s with something unexpected."),
    noop("Look whether the provider has the job before sending it again."),
    noop("The answer cannot be stored here: %(why)s."),
    noop("The value for %(name)s holds a line break or a special character."),
    noop("Enter the key again, exactly as the provider shows it."),
)
KOKOON = (
    noop("There are not enough credits left at Kokoon for this picture."),
    noop(
        "Buy credits at Kokoon or choose a smaller size, then retry: nothing was paid."
    ),
    noop("Kokoon does not have this picture or task: it keeps them for 14 days."),
    noop("Retry it: the picture is uploaded again, and the work is paid again."),
    noop("Kokoon does not accept the token of this account."),
    noop("Enter a valid token in the account with Kokoon, then retry."),
    noop("Kokoon does not accept what was asked for: %(said)s."),
    noop("Choose other options or another size, then retry: nothing was paid."),
    noop("The picture has more bytes than Kokoon takes: %(said)s."),
    noop("Send it as a JPEG, or smaller."),
    noop("Kokoon does not take this format: %(said)s."),
    noop("Convert it to a JPEG or PNG and send that."),
    noop("Kokoon does not take a picture of this size: %(said)s."),
    noop("Send it between 64 × 64 and 3840 × 2160 pixels."),
    noop("Kokoon itself ran out of time (“timeout error”)."),
    noop("Kokoon refused this: %(said)s."),
    noop("Look at the options and at your account with Kokoon, then retry."),
    noop(
        "Kokoon asks %(price)s credits for this picture; %(about)s were estimated. "
        "Nothing was paid."
    ),
    noop(
        "Do it again and allow it to cost more, or correct the pixels for one credit "
        "in the account with Kokoon."
    ),
    noop("Look at your tasks at Kokoon, then retry or dismiss."),
    noop("Kokoon is asked once more whether it has begun this task."),
    noop("Kokoon names no address for the result yet."),
    noop(
        "Kokoon handed out a picture of %(width)s × %(height)s pixels; %(wanted)s × "
        "%(high)s were asked for."
    ),
    noop("Kokoon could not do this picture: %(said)s."),
    noop("Kokoon could not do this picture."),
    noop(
        "Retry it, perhaps as another kind of content; look at the balance, since "
        "credits for what failed are Kokoon's to give back."
    ),
)
RETOUCH4ME = (
    noop("Retouch4me took the picture and did not say as which job."),
    noop("Look into your account there before you send it again."),
    noop("Retouch4me did not say how the job stands."),
    noop("Retouch4me answered %(code)s, which says nothing."),
    noop("Retouch4me does not accept the token."),
    noop(
        "Get a new one on retouch4.me/token_page and enter it in the team's settings, "
        "then retry."
    ),
    noop("Retouch4me says that no file arrived."),
    noop(
        "Retry it. If it happens again, something between here and there takes files "
        "out."
    ),
    noop("Retouch4me does not know this job."),
    noop("Retouch4me refuses this (%(code)s)."),
    noop("Check the options and the picture, then retry."),
    noop("Retouch4me's limit for this account is reached."),
    noop(
        "Wait until the day's quota is renewed, or buy credits at retouch4.me; then "
        "retry."
    ),
    noop("Retouch4me cannot do this combination of plugins and values."),
    noop("Change the options and begin anew; look at the further tasks first."),
    noop("Change the options and begin anew."),
    noop("Retouch4me does not have it ready yet."),
    noop(
        "Retouch4me does not have this job any more: results are kept there for 24 "
        "hours."
    ),
    noop("Retry gives it there anew, which costs another credit."),
    noop("Retouch4me could not do this, and gives no reason."),
    noop(
        "Try another picture or other plugins. Whether the credit comes back is up to "
        "Retouch4me."
    ),
    noop("Retouch4me handed out something that is no picture and no archive."),
    noop("Retouch4me's archive holds no layer."),
)
SKIN = (
    noop("The picture is black and white; this is read from colours."),
    noop("Too little bare skin is seen under an eye and on the cheek below it."),
    noop("Too little bare skin is seen where this is measured: %(areas)s."),
    noop(
        "%(n)s faces are seen; there must be one. Cut the picture to the person who is "
        "meant."
    ),
    noop(
        "The face is too small: the eyes are %(measured)s pixels apart and need to be "
        "at least %(limit)s. Come closer, or use a larger picture."
    ),
    noop(
        "The face is turned away: it is seen from its side. Both eyes must look at the "
        "camera."
    ),
    noop(
        "A face is seen, but not both of its eyes: it may be turned away, or the eyes "
        "are covered or closed."
    ),
    noop("No face is seen that looks at the camera."),
    noop(
        "The face is small or soft here: pores and fine lines are not seen, and "
        "texture is coarse. Compare only with pictures taken alike."
    ),
    noop(
        "The face is turned away: one side looks %(measured)s times as wide as the "
        "other; %(limit)s times is the most. Look straight at the camera."
    ),
    noop(
        "One cheek gets %(measured)s times as much light as the other. Tone and "
        "under-eye darkness may be off."
    ),
    noop(
        "The picture is too dark: the brightest places reach %(measured)s of 255, and "
        "need %(limit)s. Use more light."
    ),
    noop(
        "The face is out of focus or was moved: its edges are %(measured)s mm soft, "
        "and may be %(limit)s mm. Hold still and focus on the eyes."
    ),
    noop(
        "The picture is too bright: %(measured)s %% of the face is cut off at white, "
        "and %(limit)s %% may be. Expose less."
    ),
    noop(
        "Pores are smaller than a millimetre, and a pixel of this face is %(size)s mm "
        "wide. The eyes need to be at least %(limit)s pixels apart."
    ),
)
