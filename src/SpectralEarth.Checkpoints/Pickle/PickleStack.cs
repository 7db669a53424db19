namespace SpectralEarth.Checkpoints.Pickle;

/// <summary>The values that a pickle is working on, with its marks. Faults are thrown as <see cref="FormatException"/>.</summary>
internal sealed class PickleStack
{
    private static readonly object MarkObject = new();

    private readonly List<object?> values = [];
    private readonly Stack<int> marks = [];

    /// <summary>The value on top.</summary>
    /// <exception cref="FormatException">There is none above the last mark.</exception>
    internal object? Top => values.Count > 0 && !ReferenceEquals(values[^1], MarkObject)
        ? values[^1]
        : throw new FormatException("a value is needed, but the stack is empty");

    internal void Push(object? value) => values.Add(value);

    /// <summary>Takes the value on top away.</summary>
    /// <inheritdoc cref="Top"/>
    internal object? Pop()
    {
        var value = Top;
        values.RemoveAt(values.Count - 1);
        return value;
    }

    /// <summary>Takes <paramref name="count"/> values away, the deepest first.</summary>
    /// <inheritdoc cref="Top"/>
    internal object?[] Pop(int count)
    {
        var taken = new object?[count];
        for (var i = count - 1; i >= 0; i--)
            taken[i] = Pop();
        return taken;
    }

    /// <summary>Notes this height.</summary>
    /// <exception cref="FormatException">Too many marks are open.</exception>
    internal void Mark()
    {
        if (marks.Count == PickleLimits.Depth)
            throw new FormatException($"more than {PickleLimits.Depth} marks are open");
        marks.Push(values.Count);
        Push(MarkObject);
    }

    /// <summary>Takes all values above the last mark away, and the mark.</summary>
    /// <exception cref="FormatException">No mark is open.</exception>
    internal object?[] PopToMark()
    {
        if (!marks.TryPop(out var mark))
            throw new FormatException("there is no mark on the stack");
        var taken = values[(mark + 1)..].ToArray();
        values.RemoveRange(mark, values.Count - mark);
        return taken;
    }
}
