/** Common English words of five letters, plain enough to be guessed. */
export const WORDS: readonly string[] = `
about above actor acute admit adopt adult after again agent agree ahead alarm album alert alike alive allow alone along
alter amber among anger angle angry apart apple apply arena argue arise armor array arrow aside asset attic audio audit
avoid awake award aware bacon badge badly baker basic basin basis beach beard beast begin being belly below bench berry
birth black blade blame blank blast blaze blend bless blind block blood bloom board boast bonus boost booth bound brain
brake brand brave bread break breed brick bride brief bring broad broke brook broom brown brush build built bunch burst
buyer cabin cable camel candy canoe cargo carry carve catch cause cease chain chair chalk charm chart chase cheap check
cheek cheer chess chest chief child chill choir chord chose civic civil claim clash class clean clear clerk click cliff
climb clock clone close cloth cloud clown coach coast cocoa color comet comic coral couch cough could count court cover
crack craft crane crash crawl crazy cream creek crest crime crisp cross crowd crown crude cruel crumb crush crust curve
cycle daily dairy daisy dance dealt debut decay delay delta dense depth diary digit diner dirty ditch diver dizzy donor
doubt dough dozen draft drain drama dream dress dried drift drill drink drive drove drown eager eagle early earth easel
eight elbow elder elect elite empty enemy enjoy enter entry equal error essay event every exact exist extra fable faint
fairy faith false fancy fault feast fence ferry fever fiber field fifth fifty fight final first flame flash fleet flesh
float flock flood floor flour fluid flute focus force forge forth forty forum found frame fresh front frost fruit funny
ghost giant given glass globe gloom glory glove goose grace grade grain grand grant grape graph grasp grass grave gravy
great greed green greet grief grill grind group grove growl guard guess guest guide guild habit happy harsh haste heart
heavy hedge hello hinge hobby honey honor horse hotel hound house human humor hurry ideal image index inner input irony
issue ivory jelly jewel joint jolly judge juice kayak knife knock known label labor large laser later laugh layer learn
lease least leave legal lemon level lever light limit linen liver lobby local lodge logic loose lorry lover lower loyal
lucky lunar lunch magic major maker mango maple march marsh match maybe mayor meant medal media melon mercy merge merit
merry metal meter midst might minor minus mixed model moist money month moral motel motor mount mouse mouth movie mural
music naval nerve never night noble noise north novel nurse oasis ocean offer often olive onion opera orbit order organ
other otter ought outer owner oxide paint panel panic paper party pasta paste patch pause peace peach pearl pedal penny
phase phone photo piano piece pilot pitch pizza place plain plane plant plate plaza point polar porch pound power press
price pride prime print prior prize probe proof proud prove pulse punch pupil puppy purse queen query quest queue quick
quiet quilt quite quota quote radar radio raise rally ranch range rapid ratio raven reach react ready realm rebel refer
relax reply rider ridge rifle right rigid rinse risky rival river roast robin robot rocky rough round route rover royal
rugby ruler rural salad sauce scale scarf scene scent scope score scout screw sense serve seven shade shaft shake shall
shame shape share shark sharp sheep sheet shelf shell shift shine shirt shock shore short shout shown siege sight silly
since siren sixth sixty skate skill skirt skull slate sleep slice slide slope small smart smell smile smoke snack snail
snake sneak solar solid solve sorry sound south space spare spark speak spear speed spell spend spice spike spine split
spoon sport spray squad stack staff stage stair stake stamp stand stare start state steak steal steam steel steep steer
stern stick stiff still sting stock stone stood store storm story stove straw strip study stuff style sugar suite sunny
super surge swamp swarm sweat sweet swift swing sword table taken taste teach tempo tenth thank theft their theme there
thick thief thing think third those three threw throw thumb tiger tight timer title toast today token tooth topic torch
total touch tough tower toxic trace track trade trail train trait tread treat trend trial tribe trick truck truly trunk
trust truth tulip twice twist ultra uncle under union unite unity until upper upset urban usage usual valid value
valve vapor vault venue verse video virus visit vital vivid vocal voice voter wagon waist waste watch water weary weigh
whale wheat wheel where which while white whole whose widow width windy witch woman world worry worth would wound wrist
write wrong yacht yield young youth zebra
`
  .trim()
  .split(/\s+/);
