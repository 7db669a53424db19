namespace SpectralEarth.Checkpoints.Pickle;

/// <summary>
/// A restricted reader of Python pickles: it builds plain containers, numbers and texts, and leaves names, calls and
/// persistent ids to <see cref="IPickleMeaning"/>, which knows a handful. Nothing of the file is ever executed.
/// </summary>
internal sealed class PickleReader
{
    private readonly string path;
    private readonly IPickleMeaning meaning;
    private readonly PickleStack stack = new();
    private readonly Dictionary<uint, object?> memo = [];
    private long at;

    private PickleReader(string path, IPickleMeaning meaning) => (this.path, this.meaning) = (path, meaning);

    /// <summary>Reads one pickle.</summary>
    /// <param name="bytes">Bytes; the pickle may end before they do.</param>
    /// <param name="origin">Place of the first byte in the file, for messages.</param>
    /// <param name="path">File, for messages.</param>
    /// <param name="meaning">What names, calls and references mean.</param>
    /// <returns>The value (text, long, BigInteger, double, bool, null, container, or what <paramref name="meaning"/> made) and the
    /// place in the file after it.</returns>
    /// <exception cref="CheckpointException">The pickle is broken, asks for what is not known, or for too much.</exception>
    internal static (object? Value, long End) Read(ReadOnlySpan<byte> bytes, long origin, string path, IPickleMeaning meaning)
    {
        var reader = new PickleReader(path, meaning);
        var input = new PickleInput(bytes[..Math.Min(bytes.Length, PickleLimits.Bytes)], origin, path);
        for (var instructions = 0; instructions < PickleLimits.Instructions; instructions++)
        {
            reader.at = input.Offset;
            var opcode = (PickleOpcode)input.Byte();
            try
            {
                if (opcode == PickleOpcode.Stop)
                    return (reader.stack.Top, input.Offset);
                reader.Do(opcode, ref input);
            }
            catch (FormatException error)
            {
                throw reader.Fault(error.Message);
            }
        }

        throw reader.Fault($"the pickle has more than {PickleLimits.Instructions} instructions");
    }

    private void Do(PickleOpcode opcode, ref PickleInput input)
    {
        switch (opcode)
        {
            case PickleOpcode.Proto:
                var protocol = input.Byte();
                if (protocol > 5)
                    throw new FormatException($"pickle protocol {protocol} is unknown; 0 to 5 are read");
                break;
            case PickleOpcode.Frame:
                _ = input.UInt64();
                break;
            case PickleOpcode.Mark:
                stack.Mark();
                break;
            case PickleOpcode.EmptyTuple or PickleOpcode.Tuple or PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3
                or PickleOpcode.EmptyList or PickleOpcode.Append or PickleOpcode.Appends
                or PickleOpcode.EmptyDict or PickleOpcode.SetItem or PickleOpcode.SetItems:
                Contain(opcode);
                break;
            case PickleOpcode.BinPut or PickleOpcode.LongBinPut or PickleOpcode.Memoize:
                Remember(opcode == PickleOpcode.BinPut ? input.Byte() : opcode == PickleOpcode.LongBinPut ? input.UInt32() : (uint)memo.Count);
                break;
            case PickleOpcode.BinGet or PickleOpcode.LongBinGet:
                var place = opcode == PickleOpcode.BinGet ? input.Byte() : input.UInt32();
                stack.Push(memo.TryGetValue(place, out var value) ? value : throw new FormatException($"memo {place} is read, but nothing was put there"));
                break;
            case PickleOpcode.Global:
                stack.Push(meaning.Find(input.Line(), input.Line()));
                break;
            case PickleOpcode.StackGlobal:
                var (name, module) = (stack.Pop() as string, stack.Pop() as string);
                stack.Push(meaning.Find(module ?? throw new FormatException("a name is not a text"), name ?? throw new FormatException("a name is not a text")));
                break;
            case PickleOpcode.Reduce:
                var arguments = stack.Pop() as PickleSequence;
                stack.Push(meaning.Call(stack.Pop(), arguments is { IsTuple: true } ? arguments : throw new FormatException("a call has no tuple of arguments")));
                break;
            case PickleOpcode.BinPersId:
                stack.Push(meaning.Resolve(stack.Pop()));
                break;
            case PickleOpcode.Build:
                // Attributes of an OrderedDict: PyTorch keeps the versions of modules there, which say nothing about tensors.
                if (stack.Pop() is not PickleDictionary || stack.Top is not PickleDictionary)
                    throw new FormatException("BUILD is allowed with a dict on a dict only");
                break;
            default:
                stack.Push(Plain(opcode, ref input));
                break;
        }
    }

    private static object? Plain(PickleOpcode opcode, ref PickleInput input) => opcode switch
    {
        PickleOpcode.None => null,
        PickleOpcode.NewTrue => true,
        PickleOpcode.NewFalse => false,
        PickleOpcode.BinInt => (long)input.Int32(),
        PickleOpcode.BinInt1 => (long)input.Byte(),
        PickleOpcode.BinInt2 => (long)input.UInt16(),
        PickleOpcode.Long1 => input.Number(input.Byte()),
        PickleOpcode.Long4 => input.Number(input.Int32()),
        PickleOpcode.BinFloat => input.Double(),
        PickleOpcode.ShortBinUnicode or PickleOpcode.ShortBinString => input.Text(input.Byte()),
        PickleOpcode.BinUnicode or PickleOpcode.BinString => input.Text(input.UInt32()),
        PickleOpcode.BinUnicode8 => input.Text(input.UInt64()),
        PickleOpcode.Inst => throw new FormatException($"instruction INST of {input.Line()}.{input.Line()} is refused"),
        PickleOpcode.NewObj or PickleOpcode.NewObjEx or PickleOpcode.Obj => throw new FormatException($"instruction {Name(opcode)}, which makes objects of classes, is refused"),
        _ when Enum.IsDefined(opcode) => throw new FormatException($"instruction {Name(opcode)} is refused"),
        _ => throw new FormatException($"there is no pickle instruction 0x{(byte)opcode:x2}"),
    };

    private void Contain(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.EmptyTuple or PickleOpcode.Tuple1 or PickleOpcode.Tuple2 or PickleOpcode.Tuple3:
                PushTuple(stack.Pop(opcode == PickleOpcode.EmptyTuple ? 0 : opcode - PickleOpcode.Tuple1 + 1));
                break;
            case PickleOpcode.Tuple:
                PushTuple(stack.PopToMark());
                break;
            case PickleOpcode.EmptyList:
                stack.Push(new PickleSequence(isTuple: false));
                break;
            case PickleOpcode.EmptyDict:
                stack.Push(new PickleDictionary());
                break;
            case PickleOpcode.Append or PickleOpcode.Appends:
                var added = opcode == PickleOpcode.Append ? stack.Pop(1) : stack.PopToMark();
                Add(stack.Top is PickleSequence { IsTuple: false } list ? list : throw new FormatException("values are appended to what is no list"), added);
                break;
            default:
                var pairs = opcode == PickleOpcode.SetItem ? stack.Pop(2) : stack.PopToMark();
                Put(stack.Top as PickleDictionary ?? throw new FormatException("entries are put into what is no dict"), pairs);
                break;
        }
    }

    private void PushTuple(object?[] items)
    {
        var tuple = new PickleSequence(isTuple: true);
        Add(tuple, items);
        stack.Push(tuple);
    }

    private static void Add(PickleSequence sequence, object?[] items)
    {
        foreach (var item in items)
        {
            sequence.Accept(item);
            sequence.Items.Add(item);
        }
    }

    private static void Put(PickleDictionary dictionary, object?[] pairs)
    {
        if (pairs.Length % 2 != 0)
            throw new FormatException("a dict entry has a key without a value");
        for (var i = 0; i < pairs.Length; i += 2)
        {
            if (pairs[i] is not (string or long))
                throw new FormatException("a dict has a key that is neither text nor whole number");
            dictionary.Accept(pairs[i + 1]);
            dictionary.Items[pairs[i]!] = pairs[i + 1];
        }
    }

    private void Remember(uint place)
    {
        if (place >= PickleLimits.Memo)
            throw new FormatException($"memo {place} is out of range; {PickleLimits.Memo} places are allowed");
        memo[place] = stack.Top;
    }

    private static string Name(PickleOpcode opcode) => opcode.ToString().ToUpperInvariant();

    private CheckpointException Fault(string fault) => PickleFault.At(path, at, fault);
}
