"""The repository of messages: all that the service asks of its database."""

from sqlalchemy import delete, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from chat.conversation import StoreError
from chat.models import Message, User


def _as_dict(row) -> dict:
    return dict(getattr(row, "_mapping", row))


class MessageStore:
    """Messages of users, each seen only by the user who owns them."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def save_exchange(
        self, user_id: str, thread_id: str, question: str, answer: str
    ) -> None:
        """Keep a question and its answer: both or none."""
        for role, text in (("user", question), ("agent", answer)):
            self.session.add(
                Message(user_id=user_id, thread_id=thread_id, role=role, text=text)
            )
        await self._commit()

    async def find_user(self, user_id: str) -> dict | None:
        """Return the user's id and name, or None."""
        query = select(User.id, User.name).where(User.id == user_id)
        row = (await self.session.execute(query)).fetchone()
        return None if row is None else _as_dict(row)

    async def history(
        self, user_id: str, thread_id: str, limit: int = 20
    ) -> list[dict]:
        """Return the newest messages of a user's thread, oldest first."""
        if limit < 1:
            raise ValueError("limit must be positive")
        query = (
            select(Message.role, Message.text)
            .where(Message.user_id == user_id, Message.thread_id == thread_id)
            .order_by(Message.id.desc())
            .limit(limit)
        )
        rows = (await self.session.execute(query)).fetchall()
        return [_as_dict(row) for row in reversed(rows)]

    async def count(self, user_id: str) -> int:
        """Return how many messages a user has."""
        query = select(func.count(Message.id)).where(Message.user_id == user_id)
        return await self.session.scalar(query) or 0

    async def forget(self, user_id: str, thread_id: str) -> int:
        """Delete a user's thread and return how many messages it had."""
        query = delete(Message).where(
            Message.user_id == user_id, Message.thread_id == thread_id
        )
        try:
            result = await self.session.execute(query)
        except SQLAlchemyError as error:
            await self.session.rollback()
            raise StoreError("the thread was not deleted") from error
        await self._commit()
        return result.rowcount

    async def _commit(self) -> None:
        try:
            await self.session.commit()
        except SQLAlchemyError as error:
            await self.session.rollback()
            raise StoreError("the messages were not saved") from error
