using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace SpectralEarth.Models.Products;

/// <summary>
/// The innermost part of a matrix product (Goto and van de Geijn 2008, section 4; its register tile: Van Zee and van de Geijn 2015): a tile of 12 x 32
/// sums that stay in 24 of the 32 registers of AVX-512 while one column of A meets one row of B after the other.
/// Written out row by row, since only locals with names of their own stay in registers.
/// </summary>
internal static unsafe class TileKernel
{
    /// <summary>Rows of a tile.</summary>
    internal const int Rows = 12;

    /// <summary>Columns of a tile: two registers.</summary>
    internal const int Columns = 32;

    /// <summary>to = from + a b for one tile.</summary>
    /// <param name="depth">Columns of A and rows of B.</param>
    /// <param name="a">The tile's rows of A.</param>
    /// <param name="rowStride">Numbers from one row of A to the next.</param>
    /// <param name="columnStride">Numbers from one column of A to the next.</param>
    /// <param name="b">Row after row of the tile's columns of B, [depth, 32].</param>
    /// <param name="from">What the sums start with, [12, 32].</param>
    /// <param name="fromStride">Numbers from one row of <paramref name="from"/> to the next; 0 where all rows start alike.</param>
    /// <param name="to">Result, [12, 32]; may be <paramref name="from"/>.</param>
    /// <param name="toStride">Numbers from one row of <paramref name="to"/> to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    internal static void Run(nint depth, float* a, nint rowStride, nint columnStride, float* b, float* from, nint fromStride, float* to, nint toStride)
    {
        // Four pointers of three rows each: as many as the processor can address from one register without arithmetic.
        float* a3 = a + (3 * rowStride), a6 = a3 + (3 * rowStride), a9 = a6 + (3 * rowStride);
        var twoRows = 2 * rowStride;
        Vector512<float> low0 = Vector512.Load(from + (0 * fromStride)), high0 = Vector512.Load(from + (0 * fromStride) + 16);
        Vector512<float> low1 = Vector512.Load(from + (1 * fromStride)), high1 = Vector512.Load(from + (1 * fromStride) + 16);
        Vector512<float> low2 = Vector512.Load(from + (2 * fromStride)), high2 = Vector512.Load(from + (2 * fromStride) + 16);
        Vector512<float> low3 = Vector512.Load(from + (3 * fromStride)), high3 = Vector512.Load(from + (3 * fromStride) + 16);
        Vector512<float> low4 = Vector512.Load(from + (4 * fromStride)), high4 = Vector512.Load(from + (4 * fromStride) + 16);
        Vector512<float> low5 = Vector512.Load(from + (5 * fromStride)), high5 = Vector512.Load(from + (5 * fromStride) + 16);
        Vector512<float> low6 = Vector512.Load(from + (6 * fromStride)), high6 = Vector512.Load(from + (6 * fromStride) + 16);
        Vector512<float> low7 = Vector512.Load(from + (7 * fromStride)), high7 = Vector512.Load(from + (7 * fromStride) + 16);
        Vector512<float> low8 = Vector512.Load(from + (8 * fromStride)), high8 = Vector512.Load(from + (8 * fromStride) + 16);
        Vector512<float> low9 = Vector512.Load(from + (9 * fromStride)), high9 = Vector512.Load(from + (9 * fromStride) + 16);
        Vector512<float> low10 = Vector512.Load(from + (10 * fromStride)), high10 = Vector512.Load(from + (10 * fromStride) + 16);
        Vector512<float> low11 = Vector512.Load(from + (11 * fromStride)), high11 = Vector512.Load(from + (11 * fromStride) + 16);
        for (; depth > 0; depth--)
        {
            Vector512<float> left = Vector512.Load(b), right = Vector512.Load(b + 16), factor;
            factor = Vector512.Create(*a);
            low0 = Avx512F.FusedMultiplyAdd(factor, left, low0);
            high0 = Avx512F.FusedMultiplyAdd(factor, right, high0);
            factor = Vector512.Create(a[rowStride]);
            low1 = Avx512F.FusedMultiplyAdd(factor, left, low1);
            high1 = Avx512F.FusedMultiplyAdd(factor, right, high1);
            factor = Vector512.Create(a[twoRows]);
            low2 = Avx512F.FusedMultiplyAdd(factor, left, low2);
            high2 = Avx512F.FusedMultiplyAdd(factor, right, high2);
            factor = Vector512.Create(*a3);
            low3 = Avx512F.FusedMultiplyAdd(factor, left, low3);
            high3 = Avx512F.FusedMultiplyAdd(factor, right, high3);
            factor = Vector512.Create(a3[rowStride]);
            low4 = Avx512F.FusedMultiplyAdd(factor, left, low4);
            high4 = Avx512F.FusedMultiplyAdd(factor, right, high4);
            factor = Vector512.Create(a3[twoRows]);
            low5 = Avx512F.FusedMultiplyAdd(factor, left, low5);
            high5 = Avx512F.FusedMultiplyAdd(factor, right, high5);
            factor = Vector512.Create(*a6);
            low6 = Avx512F.FusedMultiplyAdd(factor, left, low6);
            high6 = Avx512F.FusedMultiplyAdd(factor, right, high6);
            factor = Vector512.Create(a6[rowStride]);
            low7 = Avx512F.FusedMultiplyAdd(factor, left, low7);
            high7 = Avx512F.FusedMultiplyAdd(factor, right, high7);
            factor = Vector512.Create(a6[twoRows]);
            low8 = Avx512F.FusedMultiplyAdd(factor, left, low8);
            high8 = Avx512F.FusedMultiplyAdd(factor, right, high8);
            factor = Vector512.Create(*a9);
            low9 = Avx512F.FusedMultiplyAdd(factor, left, low9);
            high9 = Avx512F.FusedMultiplyAdd(factor, right, high9);
            factor = Vector512.Create(a9[rowStride]);
            low10 = Avx512F.FusedMultiplyAdd(factor, left, low10);
            high10 = Avx512F.FusedMultiplyAdd(factor, right, high10);
            factor = Vector512.Create(a9[twoRows]);
            low11 = Avx512F.FusedMultiplyAdd(factor, left, low11);
            high11 = Avx512F.FusedMultiplyAdd(factor, right, high11);
            a += columnStride;
            a3 += columnStride;
            a6 += columnStride;
            a9 += columnStride;
            b += Columns;
        }

        low0.Store(to + (0 * toStride));
        high0.Store(to + (0 * toStride) + 16);
        low1.Store(to + (1 * toStride));
        high1.Store(to + (1 * toStride) + 16);
        low2.Store(to + (2 * toStride));
        high2.Store(to + (2 * toStride) + 16);
        low3.Store(to + (3 * toStride));
        high3.Store(to + (3 * toStride) + 16);
        low4.Store(to + (4 * toStride));
        high4.Store(to + (4 * toStride) + 16);
        low5.Store(to + (5 * toStride));
        high5.Store(to + (5 * toStride) + 16);
        low6.Store(to + (6 * toStride));
        high6.Store(to + (6 * toStride) + 16);
        low7.Store(to + (7 * toStride));
        high7.Store(to + (7 * toStride) + 16);
        low8.Store(to + (8 * toStride));
        high8.Store(to + (8 * toStride) + 16);
        low9.Store(to + (9 * toStride));
        high9.Store(to + (9 * toStride) + 16);
        low10.Store(to + (10 * toStride));
        high10.Store(to + (10 * toStride) + 16);
        low11.Store(to + (11 * toStride));
        high11.Store(to + (11 * toStride) + 16);
    }
}
