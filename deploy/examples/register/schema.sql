-- The register. Run at each start of the program: nothing is lost by it.
create schema if not exists register;

-- One sitting of one room; `main_room` is empty unless it is a breakout room.
create table if not exists register.session (
  session text primary key,
  tenant text not null,
  room text not null,
  main_room text not null,
  -- Facts with a lower one are from a focus that had lost the room.
  epoch numeric not null,
  -- How far the register is: facts of a session are numbered without holes.
  seq numeric not null,
  started_at timestamptz not null,
  ended_at timestamptz
);
create index if not exists session_of_room on register.session (tenant, room, started_at);

-- From a participant's joining to the leaving; somebody may be there twice at a time.
create table if not exists register.stay (
  session text not null references register.session,
  joined_seq numeric not null,
  endpoint text not null,
  person text not null,
  kind text not null,
  is_moderator boolean not null,
  joined_at timestamptz not null,
  left_at timestamptz,
  left_reason text,
  primary key (session, joined_seq)
);
create index if not exists stay_of_person on register.stay (person);

-- Names, as long as Veche keeps them. A person who is erased there is erased here.
create table if not exists register.person (
  person text primary key,
  name text not null,
  user_id text not null,
  is_guest boolean not null
);

-- The school's own list: who should be in which room.
create table if not exists register.class_list (
  room text not null,
  room_name text not null,
  name text not null,
  user_id text not null default '',
  primary key (room, name)
);

create table if not exists register.setting (
  only_row boolean primary key default true check (only_row),
  late_after interval not null default '5 minutes'
);
insert into register.setting default values on conflict do nothing;

-- A breakout room's sitting belongs to the lesson that its main room had then; others are lessons themselves. This is looked up
-- whenever it is asked: after a crash the two may have become known in either order.
create or replace view register.sitting as
select sitting.*, coalesce(
  (select main.session from register.session main
    where main.tenant = sitting.tenant and main.room = sitting.main_room
      and main.started_at <= sitting.started_at and coalesce(main.ended_at, 'infinity') >= sitting.started_at
    order by main.started_at desc limit 1),
  sitting.session
) as lesson
from register.session sitting;

-- A lesson begins when its first moderator comes, or else when the room is opened.
create or replace view register.lesson as
select
  main.session as lesson,
  main.tenant,
  main.room,
  (select min(room_name) from register.class_list where class_list.room = main.room) as room_name,
  coalesce(
    (select min(stay.joined_at) from register.stay join register.sitting of using (session)
      where of.lesson = main.session and stay.is_moderator and stay.kind <> 'RECORDER'),
    main.started_at
  ) as began_at,
  main.ended_at
from register.sitting main
where main.session = main.lesson;

-- A lesson and a person: first coming, last leaving, minutes in the lesson or its breakout rooms. Time spent there on two devices
-- counts once.
create or replace view register.attendance as
with span as (
  select of.lesson, stay.person, stay.joined_at, stay.left_at, coalesce(stay.left_at, greatest(now(), stay.joined_at)) as until
  from register.stay join register.sitting of using (session)
  where stay.kind <> 'RECORDER'
), whole as (
  select
    lesson, person,
    min(joined_at) as first_join,
    case when bool_or(left_at is null) then null else max(left_at) end as last_leave,
    range_agg(tstzrange(joined_at, until)) as spans
  from span group by lesson, person
)
select
  whole.lesson,
  whole.person,
  person.name,
  person.user_id,
  whole.first_join,
  whole.last_leave,
  round(coalesce((select sum(extract(epoch from upper(one) - lower(one))) from unnest(whole.spans) one), 0) / 60, 1) as minutes,
  whole.first_join > lesson.began_at + setting.late_after as late
from whole
join register.lesson using (lesson)
cross join register.setting
left join register.person using (person);

-- Everybody who came, and who of the class list did not. While somebody came whose name is erased, who is missing isn't known.
create or replace view register.roster as
with listed as (
  select lesson.lesson, class_list.name, class_list.user_id,
    (select min(a.person) from register.attendance a where a.lesson = lesson.lesson and (
      (class_list.user_id <> '' and a.user_id = class_list.user_id) or lower(a.name collate "und-x-icu") = lower(class_list.name collate "und-x-icu"))) as person
  from register.lesson join register.class_list using (room)
)
select
  attendance.lesson, attendance.person, coalesce(listed.name, attendance.name) as name, listed.name is not null as listed,
  case when attendance.late then 'late' else 'present' end as status,
  attendance.first_join, attendance.last_leave, attendance.minutes
from register.attendance left join listed using (lesson, person)
union all
select
  listed.lesson, null, listed.name, true,
  case when exists (select 1 from register.attendance a where a.lesson = listed.lesson and a.name is null)
    then 'unknown' else 'absent' end,
  null, null, 0
from listed where listed.person is null;
