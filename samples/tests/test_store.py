"""The repository, over a session that is no database."""

from unittest.mock import AsyncMock, MagicMock, Mock

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from chat.store import MessageStore, StoreError


@pytest.fixture
def mock_db():
    session = AsyncMock()
    session.add = Mock()
    session.execute = AsyncMock(return_value=MagicMock())
    session.commit = AsyncMock()
    session.rollback = AsyncMock()
    session.close = AsyncMock()
    yield session


def make_session():
    """Return a session that takes messages."""
    mock_session = AsyncMock()
    mock_session.add = MagicMock()
    mock_session.commit = AsyncMock()
    mock_session.rollback = AsyncMock()
    return mock_session


async def test_exchange_is_two_messages_and_one_commit():
    mock_session = make_session()

    await MessageStore(mock_session).save_exchange("u1", "t1", "hi", "hello")

    added = [call.args[0] for call in mock_session.add.call_args_list]
    assert [(m.user_id, m.role, m.text) for m in added] == [
        ("u1", "user", "hi"),
        ("u1", "agent", "hello"),
    ]
    mock_session.commit.assert_awaited_once_with()
    mock_session.rollback.assert_not_called()


async def test_refused_commit_is_rolled_back():
    db_session = AsyncMock()
    db_session.add = MagicMock()
    db_session.commit.side_effect = IntegrityError("INSERT", {}, Exception("user"))

    with pytest.raises(StoreError, match="not saved"):
        await MessageStore(db_session).save_exchange("nobody", "t1", "hi", "hello")

    db_session.rollback.assert_awaited_once_with()


async def test_find_user_returns_the_row():
    mock_db_session = AsyncMock()
    mock_result = MagicMock()
    mock_result.fetchone.return_value = {"id": "u1", "name": "Ada"}
    mock_db_session.execute.return_value = mock_result

    user = await MessageStore(mock_db_session).find_user("u1")

    assert user == {"id": "u1", "name": "Ada"}
    mock_db_session.execute.assert_awaited_once()


async def test_find_user_returns_none_for_a_stranger(mock_db):
    mock_db.execute.return_value.fetchone.return_value = None

    assert await MessageStore(mock_db).find_user("nobody") is None


async def test_find_user_with_a_nested_return_value():
    mock_db = AsyncMock()
    mock_db.execute.return_value = MagicMock()
    mock_db.execute.return_value.fetchone.return_value = {"id": "u2", "name": "Bo"}
    store = MessageStore(mock_db)

    assert (await store.find_user("u2"))["name"] == "Bo"


async def test_history_is_oldest_first(mock_db):
    newest_first = [
        {"role": "agent", "text": "hello"},
        {"role": "user", "text": "hi"},
    ]
    mock_db.execute.return_value.fetchall.return_value = newest_first

    history = await MessageStore(mock_db).history("u1", "t1")

    assert [line["text"] for line in history] == ["hi", "hello"]


async def test_history_asks_for_the_owner_only():
    result = MagicMock()
    result.fetchall.return_value = []

    mock_db_session = AsyncMock()
    mock_db_session.execute = AsyncMock(return_value=result)
    mock_db_session.close = AsyncMock()

    await MessageStore(mock_db_session).history("u1", "t1", limit=5)

    query = mock_db_session.execute.await_args.args[0]
    parameters = query.compile().params
    assert parameters["user_id_1"] == "u1"
    assert parameters["thread_id_1"] == "t1"


async def test_history_refuses_a_silly_limit():
    mock_db_session = AsyncMock()
    mock_db_session.execute = AsyncMock()  # nothing must be asked

    with pytest.raises(ValueError, match="positive"):
        await MessageStore(mock_db_session).history("u1", "t1", limit=0)

    mock_db_session.execute.assert_not_awaited()


@pytest.mark.parametrize(("found", "expected"), [(3, 3), (None, 0)])
async def test_count(found, expected):
    mock_db = AsyncMock()
    mock_db.scalar = AsyncMock(return_value=found)

    assert await MessageStore(mock_db).count("u1") == expected


async def test_forget_tells_how_many():
    mock_db = AsyncMock(spec=AsyncSession)
    mock_db.execute.return_value = Mock(rowcount=4)

    assert await MessageStore(mock_db).forget("u1", "t1") == 4
    mock_db.commit.assert_awaited_once_with()


async def test_forget_rolls_back_when_the_delete_fails():
    failure = OperationalError("DELETE", {}, Exception("locked"))
    mock_db = AsyncMock()
    mock_db.commit = AsyncMock()
    mock_db.execute.side_effect = failure
    mock_db.rollback = AsyncMock()

    with pytest.raises(StoreError, match="not deleted"):
        await MessageStore(mock_db).forget("u1", "t1")

    mock_db.rollback.assert_awaited_once_with()
    mock_db.commit.assert_not_awaited()
