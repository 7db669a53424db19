using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace SpectralEarth.Shards.Codecs;

/// <summary>
/// Lossless codec for hyperspectral int16: each channel is predicted from the eight before it
/// (<see cref="SpectralPredictor"/>), residuals are folded to unsigned numbers and Rice-coded (<see cref="RiceCode"/>).
/// Pixels that are no-data in every channel are left out. Byte layout: docs/shard-format.md.
/// </summary>
internal sealed class SpectralRiceCodec : IPatchCodec
{
    /// <summary>Name in shards.</summary>
    public const string CodecName = "spectral-rice";

    private const short NoData = short.MinValue;
    private const int Lanes = 16;

    public string Name => CodecName;

    public int MaximumEncodedLength(int channels, int pixels)
    {
        var blocks = Blocks(pixels);
        // At 16 low bits a number takes 17 bits, and the best choice is never larger.
        var channel = SpectralPredictor.StoredLength(SpectralPredictor.Order) + sizeof(int) + blocks + (blocks * RiceCode.Block * 17 / 8) + sizeof(ulong);
        return checked(1 + BitMask.Length(pixels) + (channels * channel));
    }

    public int Encode(ReadOnlySpan<short> patch, int channels, Span<byte> destination)
    {
        var pixels = patch.Length / channels;
        using var scratch = new Scratch(pixels);
        var (count, at) = WriteMask(patch, channels, scratch.Kept, destination);
        if (count == 0)
            return at;
        var width = Blocks(count) * RiceCode.Block;
        var window = new ChannelWindow(scratch.Rows, width);
        var fit = new PredictorFit(count);
        var numbers = scratch.Numbers[..width];
        for (var channel = 0; channel < channels; channel++)
        {
            window.MoveTo(channel);
            Gather(patch.Slice(channel * pixels, pixels), scratch.Kept, count, window.Current);
            var predictor = fit.Next(window, channel);
            predictor.Write(destination[at..]);
            at += SpectralPredictor.StoredLength(channel);
            FoldResiduals(window, predictor.ToVectors(), numbers);
            numbers[count..].Clear();
            at += WriteNumbers(numbers, destination[at..]);
        }

        return at;
    }

    public void Decode(ReadOnlySpan<byte> encoded, int channels, Span<short> patch)
    {
        var pixels = patch.Length / channels;
        using var scratch = new Scratch(pixels);
        var count = ReadMask(ref encoded, scratch.Kept, pixels);
        if (count == 0)
        {
            patch.Fill(NoData);
            return;
        }

        var width = Blocks(count) * RiceCode.Block;
        var window = new ChannelWindow(scratch.Rows, width);
        for (var channel = 0; channel < channels; channel++)
        {
            window.MoveTo(channel);
            var predictor = SpectralPredictor.Read(Take(ref encoded, SpectralPredictor.StoredLength(channel)), channel);
            ReadChannel(ref encoded, window, predictor.ToVectors(), scratch.Numbers[..(width + RiceCode.UnarySlack)]);
            Scatter(window.Current, scratch.Kept, count, patch.Slice(channel * pixels, pixels));
        }

        if (!encoded.IsEmpty)
            throw new InvalidDataException($"{encoded.Length} bytes are left after the last channel.");
    }

    private static int Blocks(int pixels) => (pixels + RiceCode.Block - 1) / RiceCode.Block;

    /// <summary>Finds the pixels to code: those with data in any channel. Returns their number and the bytes written.</summary>
    private static (int Count, int Written) WriteMask(ReadOnlySpan<short> patch, int channels, Span<byte> kept, Span<byte> destination)
    {
        kept.Clear();
        var pixels = kept.Length;
        var missing = pixels;
        for (var channel = 0; channel < channels && missing > 0; channel++)
        {
            var samples = patch.Slice(channel * pixels, pixels);
            if (missing == pixels && !samples.ContainsAnyExcept(NoData))
                continue;
            missing = 0;
            for (var pixel = 0; pixel < pixels; pixel++)
            {
                kept[pixel] |= samples[pixel] == NoData ? (byte)0 : (byte)1;
                missing += 1 - kept[pixel];
            }
        }

        destination[0] = missing == 0 ? (byte)0 : (byte)1;
        if (missing == 0)
            return (pixels, 1);
        BitMask.Pack(kept, destination[1..]);
        return (pixels - missing, 1 + BitMask.Length(pixels));
    }

    private static int ReadMask(ref ReadOnlySpan<byte> encoded, Span<byte> kept, int pixels)
    {
        var form = Take(ref encoded, 1)[0];
        if (form > 1)
            throw new InvalidDataException($"Pixel mask has form {form}, expected 0 or 1.");
        if (form == 0)
            return pixels;
        BitMask.Unpack(Take(ref encoded, BitMask.Length(pixels)), kept);
        return pixels - kept.Count((byte)0);
    }

    /// <summary>Copies the pixels to code together; the rest of the row becomes 0, which does not disturb the fit.</summary>
    private static void Gather(ReadOnlySpan<short> samples, ReadOnlySpan<byte> kept, int count, Span<short> row)
    {
        if (count == samples.Length)
            samples.CopyTo(row);
        else
            for (int pixel = 0, at = 0; pixel < samples.Length; pixel++)
                if (kept[pixel] != 0)
                    row[at++] = samples[pixel];
        row[count..].Clear();
    }

    private static void Scatter(ReadOnlySpan<short> row, ReadOnlySpan<byte> kept, int count, Span<short> samples)
    {
        if (count == samples.Length)
            row[..count].CopyTo(samples);
        else
            for (int pixel = 0, at = 0; pixel < samples.Length; pixel++)
                samples[pixel] = kept[pixel] != 0 ? row[at++] : NoData;
    }

    /// <summary>Differences to the prediction modulo 2^16, folded so that small ones of either sign become small numbers.</summary>
    private static void FoldResiduals(in ChannelWindow window, SpectralPredictor.Vectors predictor, Span<ushort> numbers)
    {
        ref var target = ref MemoryMarshal.GetReference(numbers);
        for (var at = 0; at < numbers.Length; at += Lanes)
        {
            var residual = window.Load(0, at) - predictor.At(window, at);
            ((residual << 1) ^ (residual >> 15)).AsUInt16().StoreUnsafe(ref target, (nuint)at);
        }
    }

    private static int WriteNumbers(ReadOnlySpan<ushort> numbers, Span<byte> destination)
    {
        var blocks = numbers.Length / RiceCode.Block;
        var lowBits = destination.Slice(sizeof(int), blocks);
        var (at, guess) = (sizeof(int) + blocks, 5);
        for (var block = 0; block < blocks; block++)
        {
            var content = numbers.Slice(block * RiceCode.Block, RiceCode.Block);
            guess = RiceCode.BestLowBits(content, guess);
            lowBits[block] = (byte)guess;
            RiceCode.WriteLow(content, guess, destination[at..]);
            at += RiceCode.LowLength(guess);
        }

        var unary = RiceCode.WriteUnary(numbers, lowBits, destination[at..]);
        BinaryPrimitives.WriteInt32LittleEndian(destination, unary);
        return at + unary;
    }

    private static void ReadChannel(ref ReadOnlySpan<byte> encoded, in ChannelWindow window, SpectralPredictor.Vectors predictor, Span<ushort> numbers)
    {
        var row = window.Current;
        var unary = BinaryPrimitives.ReadInt32LittleEndian(Take(ref encoded, sizeof(int)));
        var lowBits = Take(ref encoded, row.Length / RiceCode.Block);
        var lowLength = 0;
        foreach (var bits in lowBits)
            lowLength += bits <= RiceCode.MaximumLowBits
                ? RiceCode.LowLength(bits)
                : throw new InvalidDataException($"A block has {bits} low bits, at most {RiceCode.MaximumLowBits} are possible.");
        var low = Take(ref encoded, lowLength);
        RiceCode.ReadUnary(Take(ref encoded, unary), row.Length, numbers);

        for (var block = 0; block < lowBits.Length; block++)
        {
            UnfoldBlock(low, lowBits[block], window, predictor, numbers, block * RiceCode.Block);
            low = low[RiceCode.LowLength(lowBits[block])..];
        }
    }

    private static void UnfoldBlock(
        ReadOnlySpan<byte> low, int lowBits, in ChannelWindow window, SpectralPredictor.Vectors predictor, ReadOnlySpan<ushort> numbers, int start)
    {
        var reader = new RiceCode.LowReader(low, lowBits);
        ref var high = ref MemoryMarshal.GetReference(numbers);
        ref var row = ref MemoryMarshal.GetReference(window.Current);
        for (var at = start; at < start + RiceCode.Block; at += Lanes)
        {
            var number = (Vector256.LoadUnsafe(ref high, (nuint)at) << lowBits) | reader.Next();
            var residual = (number >> 1).AsInt16() ^ -(number & Vector256<ushort>.One).AsInt16();
            (predictor.At(window, at) + residual).StoreUnsafe(ref row, (nuint)at);
        }
    }

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> encoded, int length)
    {
        if ((uint)length > (uint)encoded.Length)
            throw new InvalidDataException($"{encoded.Length} bytes are left where {length} are expected.");
        var taken = encoded[..length];
        encoded = encoded[length..];
        return taken;
    }

    /// <summary>Working memory of one patch, from the pool.</summary>
    private readonly ref struct Scratch
    {
        private readonly short[] rows;
        private readonly ushort[] numbers;
        private readonly byte[] kept;
        private readonly int pixels;

        public Scratch(int pixels)
        {
            var width = Blocks(pixels) * RiceCode.Block;
            rows = ArrayPool<short>.Shared.Rent(ChannelWindow.Rows * width);
            numbers = ArrayPool<ushort>.Shared.Rent(width + RiceCode.UnarySlack);
            kept = ArrayPool<byte>.Shared.Rent(pixels);
            this.pixels = pixels;
        }

        public Span<short> Rows => rows;
        public Span<ushort> Numbers => numbers;
        public Span<byte> Kept => kept.AsSpan(0, pixels);

        public void Dispose()
        {
            ArrayPool<short>.Shared.Return(rows);
            ArrayPool<ushort>.Shared.Return(numbers);
            ArrayPool<byte>.Shared.Return(kept);
        }
    }
}
